-- Notes that a gateway lives, forgets the silent ones, and counts the rest.
--
-- KEYS[1]    a sorted set: the ids of gateways by when each was last heard of, in milliseconds since 1970. After an id
--            stand a # and the fingerprint of the gateway's secret, if it has one. A gateway that has more calls under
--            way than its share of a guard also has its entry with a star
-- ARGV[1]    the entry of the gateway that calls
-- ARGV[2]    after how many milliseconds of silence a gateway counts as gone
-- ARGV[3]    1 if it has more calls under way than its share of a guard, else 0
-- Result     the number of live gateways, 1 or more; how many of them come before this one in the order of their ids;
--            the time in microseconds since 1970; how many others have more calls under way than their share; how many
--            have another secret than this one, those without any aside
-- Cost       O(gateways)

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local own, own_star = ARGV[1], ARGV[1] .. '*'
local own_secret = string.match(own, '#.*')
redis.call('ZADD', KEYS[1], now_ms, own)
if ARGV[3] == '1' then
  redis.call('ZADD', KEYS[1], now_ms, own_star)
else
  redis.call('ZREM', KEYS[1], own_star)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms - ARGV[2])
-- The clock went back. Those who live beat again within a second; nobody counts the dead for as long as it went back.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. now_ms, '+inf')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local live, before, holding_more, differing = 0, 0, 0, 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if string.sub(id, -1) == '*' then
    if id ~= own_star then
      holding_more = holding_more + 1
    end
  else
    live = live + 1
    if id < own then
      before = before + 1
    end
    local secret = string.match(id, '#.*')
    if own_secret and secret and secret ~= own_secret then
      differing = differing + 1
    end
  end
end
return { live, before, time[1] * 1000000 + time[2], holding_more, differing }
