-- Notes that a gateway lives, forgets those that have not been heard of, and counts the rest.
--
-- KEYS[1]    a sorted set: the ids of gateways by when each was heard of last, in milliseconds since 1970
-- ARGV[1]    the id of the gateway that calls
-- ARGV[2]    after how many milliseconds of silence a gateway counts as gone
-- Result     the number of gateways that live, 1 or more; how many of them come before this one in the order of their ids;
--            the time in microseconds since 1970
-- Cost       O(gateways)

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now_ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local ids, before = redis.call('ZRANGE', KEYS[1], 0, -1), 0
for _, id in ipairs(ids) do
  if id < ARGV[1] then
    before = before + 1
  end
end
return { #ids, before, time[1] * 1000000 + time[2] }
