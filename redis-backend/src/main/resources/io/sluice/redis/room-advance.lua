-- Takes in what a gateway has seen, calls the next numbers, and returns the snapshot. During a hold it takes in the tickets only.
-- ARGV since which revision to tell what ended early, since which to tell what changed (-1 for everything),
--      byte offset and bytes of the bitmap of numbers heard from, the gateway's cursor,
--      how many of the following are numbers at or below that cursor that were heard from, then those,
--      how many tickets follow, then visitor, number and time of each, the number 0 if it was given out without one,
--      then the numbers that were told READY.
-- Returns the counters at the end of this text; number, C, called, ready of claims and number, S, visitor, end of stays
-- that changed; number and 1 if it is over of those dropped; number and end of each stay that ended early; the number
-- that each ticket stands for, 0 if not known yet; with everything also the bitmap of numbers that are over.
-- Cost: a fixed number of calls, one or two for each claim, and three for each ticket and change; bitmaps are merged by
-- BITOP.
local since, copied = tonumber(ARGV[OWN + 1]), tonumber(ARGV[OWN + 2])
local offset, bitmap = tonumber(ARGV[OWN + 3]), ARGV[OWN + 4]
local at = OWN + 6
local behind = {}
for i = at + 1, at + tonumber(ARGV[at]) do
  behind[#behind + 1] = tonumber(ARGV[i])
end
at = at + 1 + #behind
-- Others may have moved the cursor on since the gateway heard of it.
local function is_heard(number)
  local byte = string.byte(bitmap, math.floor(number / 8) - offset + 1) or 0
  return number >= offset * 8 and bit.band(byte, bit.rshift(128, number % 8)) ~= 0
end
local from = math.max(tonumber(ARGV[OWN + 5]) + 1, offset * 8)
for number = from, math.min(get('served'), (offset + #bitmap) * 8 - 1) do
  if is_heard(number) then
    behind[#behind + 1] = number
  end
end
-- Who was called out of turn is called and ahead of the cursor.
for _, field in ipairs(redis.call('HKEYS', claims)) do
  local number = tonumber(field)
  if number > get('served') and is_heard(number) then
    behind[#behind + 1] = number
  end
end
local tickets = {}
for i = at + 1, is_of_this_life and at + 3 * tonumber(ARGV[at]) or 0, 3 do
  tickets[#tickets + 1] = int(take_ticket(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]))
end
at = at + 1 + 3 * #tickets
if held then
  -- The gateway hands it in again when it can be told what slice of time it belongs to.
  return finish()
end

merge(open_slice(), offset, bitmap)
for _, number in ipairs(behind) do
  local claim = claim_of(number)
  if claim then
    claim.heard = now
    save(claim)
  elseif number <= get('served') and not stay_end(number) and not is_gone(number) then
    local added = redis.call('ZADD', late, number, int(number))
    if added == 1 and number <= get('doubtful') then
      set('recalled', get('recalled') + 1)
    end
  end
end
for i = at, #ARGV do
  local claim = claim_of(tonumber(ARGV[i]))
  if claim then
    tell(claim)
    save(claim)
  end
end

local FORGOTTEN = 3600000000

local next_of_cursor = waiting_numbers(get('served') + 1, get('issued'))
local function next_to_call()
  local first = redis.call('ZRANGE', late, 0, 0)[1]
  while first do
    local number = tonumber(first)
    if is_alive(number) and not is_gone(number) and not stay_end(number) and not claim_of(number) then
      return number
    end
    redis.call('ZREM', late, first)
    first = redis.call('ZRANGE', late, 0, 0)[1]
  end
  local number = next_of_cursor()
  -- The cursor moves over whoever does not wait or was called out of turn.
  move_cursor(number or get('issued'))
  return number
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
    local number = next_to_call()
    if not number then
      break
    end
    call(number, now, 0)
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
-- What was dropped is told for ten to twenty seconds; a gateway that was away for longer copies everything anew.
local period = math.floor(now / 10000000)
if get('period') ~= period then
  set('period', period)
  redis.call('ZREMRANGEBYSCORE', dropped, '-inf', int(get('mark')))
  set('horizon', get('mark'))
  set('mark', get('revision'))
end
-- A room that nobody uses is forgotten, but not before everybody's time in it is over; so is a silent gateway.
local minute = math.floor(now / 60000000)
if get('minute') ~= minute then
  set('minute', minute)
  local ttl = math.ceil(math.max(2 * DAY, 2 * stay) / 1000)
  for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, ttl)
  end
  for name, record in pairs(meta) do
    local advanced = string.sub(name, 1, 2) == 'g:' and tonumber(string.match(record, '|(%d+)|')) or 0
    if advanced > 0 and advanced < now - FORGOTTEN then
      redis.call('HDEL', meta_key, name)
    end
  end
end
set('advanced', now)
me.advanced = now
save_me()

local everything = copied < get('horizon')
local news, ended, early = {}, {}, {}
for _, number in ipairs(redis.call('ZRANGEBYSCORE', changes, everything and '-inf' or '(' .. int(copied), '+inf')) do
  local claim = claim_of(tonumber(number))
  news[#news + 1] = number
  news[#news + 1] = claim and 'C' or 'S'
  news[#news + 1] = claim and int(claim.called) or redis.call('HGET', guests, number)
  news[#news + 1] = int(claim and claim.ready or stay_end(tonumber(number)))
end
if not everything then
  for _, number in ipairs(redis.call('ZRANGEBYSCORE', dropped, '(' .. int(copied), '+inf')) do
    ended[#ended + 1] = number
    ended[#ended + 1] = is_gone(tonumber(number)) and '1' or '0'
  end
end
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', freed, '(' .. int(since), '+inf')) do
  local number, ends = string.match(entry, '^(%d+)|(%d+)$')
  early[#early + 1] = number
  early[#early + 1] = ends
end
return finish(
  {
    int(get('revision')), int(get('issued')), int(get('served')), int(inside()), int(get('capacity')), meta.mode,
    string.format('%.17g', per_second('cursor')), int(get('configured')), everything and '1' or '0',
    int(get('numbered')), int(get('doubled')), int(get('recalled')), int(get('overfull')),
  },
  news, ended, early, tickets, { everything and redis.call('GET', gone) or '' }
)
