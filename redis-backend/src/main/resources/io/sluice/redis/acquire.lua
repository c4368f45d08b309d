-- Decides on up to 128 callers of one limit, by GCRA.
--
-- KEYS       one per caller: a string of the TAT of each bandwidth, in microseconds since 1970, joined by commas
-- ARGV[1]    the time in microseconds since 1970, or '' for TIME. Only tests give it; their keys live an hour longer,
--            because Redis expires them by another clock
-- ARGV[2]    the number of bandwidths
-- then       for each bandwidth: cost of a permit, tolerance; both in microseconds
-- then       for each key: permits asked for at once, how often they are asked for. Left out if all are 1
-- Result     for each key and bandwidth: the debt in microseconds before anything was charged, 0 to the tolerance;
--            -1 if the key holds something else, which is left alone. As often as they fit, the permits were charged:
--            min of floor((tolerance - debt) / (permits * cost)) over the bandwidths, at most as often as asked for
-- Cost       one MGET and, for each key that was charged, one SET; O(keys * bandwidths)
--
-- A key may come twice if not all permits are 1. Each SET lets the key expire when the caller owes nothing any more.

local now, extra_ms = tonumber(ARGV[1]), 3600000
if not now then
  local time = redis.call('TIME')
  now, extra_ms = time[1] * 1000000 + time[2], 0
end
local bandwidths = tonumber(ARGV[2])
local costs, tolerances = {}, {}
for b = 1, bandwidths do
  costs[b] = tonumber(ARGV[1 + 2 * b])
  tolerances[b] = tonumber(ARGV[2 + 2 * b])
end
local asked = 2 + 2 * bandwidths
local weighted = #ARGV > asked

local debts = {}

-- A debt above the tolerance, of a limit that was larger, is written back as the tolerance even if nothing is charged:
-- otherwise it would stay above, and the wait that the answer names would not be over when it is over.
local clamped = false
local function debt(tat, b)
  clamped = clamped or tat - now > tolerances[b]
  return math.min(math.max(tat - now, 0), tolerances[b])
end

-- Sets debts; false if the value is not ours. A bandwidth that was added to the limit later starts at rest.
local function read(value)
  local found = 0
  clamped = false
  if bandwidths == 1 then
    local tat = tonumber(value)
    if tat then
      debts[1] = debt(tat, 1)
      return true
    end
  end
  for text in string.gmatch(value, '[^,]+') do
    local tat = tonumber(text)
    if not tat then
      return false
    end
    found = found + 1
    if found <= bandwidths then
      debts[found] = debt(tat, found)
    end
  end
  for b = found + 1, bandwidths do
    debts[b] = 0
  end
  return found > 0
end

local values = redis.call('MGET', unpack(KEYS))
local written = {}
local result = {}
for k, key in ipairs(KEYS) do
  local permits, times = 1, 1
  if weighted then
    permits, times = tonumber(ARGV[asked + 2 * k - 1]), tonumber(ARGV[asked + 2 * k])
  end
  local value = written[key] or values[k]
  local ours = true
  if value then
    ours = read(value)
  else
    for b = 1, bandwidths do
      debts[b] = 0
    end
  end
  if ours then
    local fits = times
    for b = 1, bandwidths do
      fits = math.min(fits, math.floor((tolerances[b] - debts[b]) / (permits * costs[b])))
    end
    if fits > 0 or (value and clamped) then
      local longest, tats = 0, {}
      for b = 1, bandwidths do
        local charged = debts[b] + fits * permits * costs[b]
        longest = math.max(longest, charged)
        tats[b] = string.format('%.0f', now + charged)
      end
      local text = bandwidths == 1 and tats[1] or table.concat(tats, ',')
      local ttl_ms = math.ceil(longest / 1000) + extra_ms
      if value then
        redis.call('SET', key, text, 'PX', ttl_ms)
      else
        -- MGET answers nothing for a key of another type, and a plain SET would replace it.
        local reply = redis.pcall('SET', key, text, 'PX', ttl_ms, 'GET')
        if type(reply) == 'table' and reply.err then
          if not string.find(reply.err, 'WRONGTYPE', 1, true) then
            return reply
          end
          ours = false
        end
      end
      if weighted then
        written[key] = text
      end
    end
  end
  for b = 1, bandwidths do
    result[#result + 1] = ours and debts[b] or -1
  end
end
return result
