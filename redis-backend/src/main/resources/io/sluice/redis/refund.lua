-- Gives permits back to one caller of one limit. Never lifts the caller above rest; without a record it has no effect.
--
-- KEYS[1]    as in acquire.lua
-- ARGV       as in acquire.lua, with the permits in place of what each key asks for
-- Result     1 if there was a debt, else 0. A key of another type is an error
-- Cost       one GET and one SET or DEL

local now, extra_ms = tonumber(ARGV[1]), 3600000
if not now then
  local time = redis.call('TIME')
  now, extra_ms = time[1] * 1000000 + time[2], 0
end
local bandwidths = tonumber(ARGV[2])
local permits = tonumber(ARGV[3 + 2 * bandwidths])
local value = redis.call('GET', KEYS[1])
if not value then
  return 0
end

local longest, tats = 0, {}
for text in string.gmatch(value, '[^,]+') do
  local b = #tats + 1
  local tat = tonumber(text)
  if b > bandwidths or not tat then
    break
  end
  local cost, tolerance = tonumber(ARGV[1 + 2 * b]), tonumber(ARGV[2 + 2 * b])
  local debt = math.max(math.min(tat - now, tolerance) - permits * cost, 0)
  longest = math.max(longest, debt)
  tats[b] = string.format('%.0f', now + debt)
end
if #tats == 0 then
  return 0
end
if longest == 0 then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], table.concat(tats, ','), 'PX', math.ceil(longest / 1000) + extra_ms)
end
return 1
