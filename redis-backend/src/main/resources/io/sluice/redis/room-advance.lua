-- Takes in what a gateway has seen, calls the next numbers, and returns the snapshot.
-- ARGV 9 revision that the gateway has, 10 byte offset and 11 bytes of the bitmap of numbers heard from,
--      12 how many of the following are numbers at or below the gateway's cursor that were heard from, then those,
--      then the numbers that were told READY.
-- Returns now, epoch, revision, issued, served, inside, capacity, mode, cursor per second, how many numbers are called,
-- these, then number and end of each stay that ended early since that revision.
-- Cost: a fixed number of calls, and one or two for each claim; bitmaps are merged by BITOP.
local since, offset, bitmap = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11]
if #bitmap > 0 then
  if get('slice' .. slice % 6) ~= slice then
    redis.call('DEL', slice_key(slice))
    set('slice' .. slice % 6, slice)
  end
  redis.call('DEL', KEYS[15])
  redis.call('SETRANGE', KEYS[15], offset, bitmap)
  redis.call('BITOP', 'OR', slice_key(slice), slice_key(slice), KEYS[15])
  redis.call('DEL', KEYS[15])
end
local behind = tonumber(ARGV[12])
for i = 13, 12 + behind do
  local number = tonumber(ARGV[i])
  local claim = claim_of(number)
  if claim then
    claim.heard = now
    save(claim)
  elseif number <= get('served') and not stay_end(number) and not is_gone(number) then
    redis.call('ZADD', late, number, int(number))
  end
end
for i = 13 + behind, #ARGV do
  local claim = claim_of(tonumber(ARGV[i]))
  if claim then
    tell(claim)
    save(claim)
  end
end

-- Bits of the numbers from `first` on, a table of bytes: heard from lately, and not over.
local CHUNK = 512
local function waiting_bytes(first)
  local from = math.floor(first / 8)
  local bytes = {}
  for _, key in ipairs(live_slices()) do
    local text = redis.call('GETRANGE', key, from, from + CHUNK - 1)
    for i = 1, #text do
      bytes[i] = bit.bor(bytes[i] or 0, string.byte(text, i))
    end
  end
  local over = redis.call('GETRANGE', gone, from, from + CHUNK - 1)
  for i = 1, math.min(#over, CHUNK) do
    if bytes[i] then
      bytes[i] = bit.band(bytes[i], 255 - string.byte(over, i))
    end
  end
  return bytes, from
end

-- The lowest number after the cursor that counts as alive and was not called out of turn; the cursor moves over others.
local bytes, from
local function next_of_cursor()
  while get('served') < get('issued') do
    local number = get('served') + 1
    local index = math.floor(number / 8) + 1
    if not bytes or index - from > CHUNK then
      bytes, from = waiting_bytes(number)
    end
    local byte = bytes[index - from] or 0
    if byte == 0 then
      -- Nobody in this byte: on to the next one.
      move_cursor(math.min(get('issued'), index * 8 - 1))
    elseif bit.band(byte, bit.rshift(128, number % 8)) ~= 0 and not stay_end(number) and not claim_of(number) then
      return number
    else
      move_cursor(number)
    end
  end
  return nil
end
local function next_alive()
  local first = redis.call('ZRANGE', late, 0, 0)[1]
  while first do
    local number = tonumber(first)
    if is_alive(number) and not is_gone(number) and not stay_end(number) and not claim_of(number) then
      return number
    end
    redis.call('ZREM', late, first)
    first = redis.call('ZRANGE', late, 0, 0)[1]
  end
  return next_of_cursor()
end

if meta.mode == 'OPEN' or meta.mode == 'QUEUE_EVERYBODY' then
  -- CallAhead in the core explains these sums.
  local show_rate = math.min(1, (weight('came', now) + TRUSTED) / (weight('answered', now) + TRUSTED))
  local expected, on_the_way, at_the_door = 0, 0, 0
  for _, claim in ipairs(all_claims()) do
    local silent = now - math.max(claim.called, claim.heard)
    if claim.knock ~= 0 then
      at_the_door = at_the_door + 1
    elseif silent < FRESH then
      on_the_way = on_the_way + 1
      local tardy = show_rate * math.exp(-silent / get('delay'))
      expected = expected + tardy / (tardy + (1 - show_rate))
    elseif answered(claim) then
      save(claim)
    end
  end
  local freed_per_second = per_second('freed')
  local missing = 0
  if at_the_door <= 2 + freed_per_second / 2 then
    local meanwhile = freed_per_second * get('delay') / 1000000
    local ahead = math.ceil(meanwhile + 2 * math.sqrt(meanwhile))
    missing = math.floor((free_places() + ahead - at_the_door - expected) / show_rate + 0.000001)
    missing = math.min(missing, get('capacity') - on_the_way)
  end
  while missing > 0 do
    local number = next_alive()
    if not number then
      break
    end
    redis.call('ZREM', late, int(number))
    move_cursor(number)
    -- Liveness is known by the slice only; the claim of who is silent ends by the patience from now.
    save({ number = number, visitor = '', called = now, heard = now, ready = 0, knock = 0, left = 0, came = false, answered = false })
    missing = missing - 1
  end
end

-- Stays that would have ended by now need no memory.
for _, entry in ipairs(redis.call('ZRANGE', freed, 0, 9)) do
  if tonumber(string.match(entry, '|(%d+)$')) <= now then
    redis.call('ZREM', freed, entry)
  else
    break
  end
end
-- A room that nobody uses is forgotten, but not before everybody's time in it is over.
local minute = math.floor(now / 60000000)
if get('minute') ~= minute then
  set('minute', minute)
  local ttl = math.ceil(math.max(2 * DAY, 2 * stay) / 1000)
  for i = 1, 16 do
    redis.call('PEXPIRE', KEYS[i], ttl)
  end
end

local snapshot = {
  int(now), meta.epoch, int(get('revision')), int(get('issued')), int(get('served')), int(inside()), int(get('capacity')),
  meta.mode, string.format('%.17g', per_second('cursor')),
}
local called = all_claims()
snapshot[#snapshot + 1] = int(#called)
for _, claim in ipairs(called) do
  snapshot[#snapshot + 1] = int(claim.number)
end
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', freed, '(' .. int(since), '+inf')) do
  local number, ends = string.match(entry, '^(%d+)|(%d+)$')
  snapshot[#snapshot + 1] = number
  snapshot[#snapshot + 1] = ends
end
return finish(snapshot)
