-- Takes in what a gateway has seen, calls the next numbers, and returns the snapshot. During a hold it takes in the
-- tickets only. Keys: see room.lua.
-- ARGV the revision since which to tell what ended early; that since which to tell what changed (-1 for everything);
--      the revision from which on the copy that this continues was made;
--      byte offset and bytes of the bitmap of numbers heard from; the gateway's cursor;
--      the count of numbers heard from at or below that cursor, then those numbers;
--      the count of tickets, then visitor, number and time of each; the number is 0 if it was given out without one;
--      then the numbers that were told READY.
-- Returns the counters at the end of this text; of what changed, number, C, called, ready of each claim and number, S,
-- visitor, end of each stay; of what was dropped, number and 1 if it is over; number and end of each stay that ended
-- early; the number that each ticket stands for, 0 if not known yet; with everything also the bitmap of numbers that
-- are over, from the base on. Tells at most 1,000 each of what changed, was dropped and ended early; two of the
-- counters say up to which revision that is all.
-- Cost: a fixed number of calls; about ten for each number called (at most 500) and for each number behind the cursor
-- that has fallen silent (at most 500); six for each ticket; three for each change and for each number heard from
-- behind the cursor (at most some 1,000). Bitmaps are merged by BITOP.
local since, copied = tonumber(ARGV[OWN + 1]), tonumber(ARGV[OWN + 2])
local copied_from = tonumber(ARGV[OWN + 3])
local offset, bitmap = tonumber(ARGV[OWN + 4]), ARGV[OWN + 5]
local at = OWN + 7
local behind = {}
for i = at + 1, at + tonumber(ARGV[at]) do
  behind[#behind + 1] = tonumber(ARGV[i])
end
at = at + 1 + #behind
local function is_heard(number)
  local byte = string.byte(bitmap, math.floor(number / 8) - offset + 1) or 0
  return number >= offset * 8 and bit.band(byte, bit.rshift(128, number % 8)) ~= 0
end
-- Others may have moved the cursor since the gateway heard of it; a gateway that has just started has not heard of it
-- at all. A visitor behind the cursor who is not looked at now polls again.
local first, last = math.max(tonumber(ARGV[OWN + 6]) + 1, offset * 8), get('served')
local passed = string.sub(bitmap, 1, math.max(math.floor(last / 8) - offset + 1, 0))
local byte = string.match(passed, '^%z*()', math.floor(first / 8) - offset + 1)
while byte <= #passed and #behind < 2 * MOST_AT_ONCE do
  local number_of_byte = (offset + byte - 1) * 8
  for number = math.max(first, number_of_byte), math.min(last, number_of_byte + 7) do
    if is_heard(number) then
      behind[#behind + 1] = number
    end
  end
  byte = string.match(passed, '^%z*()', byte + 1)
end
-- A number that was called out of turn has a claim and is ahead of the cursor.
if get('called_ahead') > get('served') and #bitmap > 0 then
  for _, field in ipairs(redis.call('HKEYS', claims)) do
    local number = tonumber(field)
    if number > get('served') and is_heard(number) then
      behind[#behind + 1] = number
    end
  end
end
local tickets = {}
for i = at + 1, is_of_this_life and at + 3 * tonumber(ARGV[at]) or 0, 3 do
  tickets[#tickets + 1] = int(take_ticket(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]))
end
at = at + 1 + 3 * #tickets
if held then
  -- The gateway hands the bitmap in again when the room can tell what slice of time it belongs to.
  return finish()
end

if slice_length ~= patience / 4 then
  slice_by(patience / 4)
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
-- Every call that may call somebody looks at each of them; a second is enough for most of them to come.
local MOST_ON_THE_WAY = 5000

local next_of_cursor = waiting_numbers(get('served') + 1, get('issued'))
local silent = 0
local function next_to_call()
  local first = redis.call('ZRANGE', late, 0, 0)[1]
  while first do
    if silent == MOST_AT_ONCE then
      -- The next call goes on: the rest of these come before the numbers ahead of the cursor.
      return nil
    end
    local number = tonumber(first)
    if is_alive(number) and not is_gone(number) and not stay_end(number) and not claim_of(number) then
      return number
    end
    redis.call('ZREM', late, first)
    silent = silent + 1
    first = redis.call('ZRANGE', late, 0, 0)[1]
  end
  local number = next_of_cursor()
  -- The cursor passes numbers that do not wait or were called out of turn.
  move_cursor(number or get('issued'))
  return number
end

if meta.mode == 'OPEN' or meta.mode == 'QUEUE_EVERYBODY' then
  -- CallAhead in the core explains these sums.
  local show_rate = math.min(1, (weight('came', now) + TRUSTED) / (weight('answered', now) + TRUSTED))
  local silent_since = int(now - FRESH)
  for _, number in ipairs(redis.call('ZRANGEBYSCORE', fresh, '-inf', silent_since, 'LIMIT', 0, MOST_AT_ONCE)) do
    local claim = claim_of(tonumber(number))
    if claim then
      answered(claim)
      save(claim)
    else
      redis.call('ZREM', fresh, number)
    end
  end
  local delay, at_the_door = get('delay'), redis.call('ZCARD', knocking)
  local freed_per_second = per_second('freed')
  local missing = 0
  if at_the_door <= 2 + freed_per_second / 2 then
    local meanwhile = freed_per_second * delay / 1000000
    local places = free_places() + math.ceil(meanwhile + 2 * math.sqrt(meanwhile)) - at_the_door
    local on_the_way = redis.call('ZCOUNT', fresh, '(' .. silent_since, '+inf')
    local most = math.min(get('capacity') - on_the_way, MOST_ON_THE_WAY - on_the_way, MOST_AT_ONCE)
    -- Thousands may be on the way; they are looked at only if somebody may be called.
    if places > 0 and most > 0 then
      local signs = redis.call('ZRANGEBYSCORE', fresh, '(' .. silent_since, '+inf', 'WITHSCORES')
      for i = 2, #signs, 2 do
        local tardy = show_rate * math.exp(math.min(signs[i] - now, 0) / delay)
        places = places - tardy / (tardy + (1 - show_rate))
      end
      missing = math.min(math.floor(places / show_rate + 0.000001), most)
    end
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

-- Stays that would have ended by now need not be remembered.
for _ = 1, 10 do
  local over = 0
  for _, entry in ipairs(redis.call('ZRANGE', freed, 0, 99)) do
    if tonumber(string.match(entry, '|(%d+)$')) > now then
      break
    end
    over = over + 1
  end
  if over > 0 then
    redis.call('ZREMRANGEBYRANK', freed, 0, over - 1)
  end
  if over < 100 then
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
local minute = math.floor(now / 60000000)
local is_new_minute = get('minute') ~= minute
-- Keys come and go, and a new key does not expire yet.
for _, key in ipairs(KEYS) do
  if key ~= scratch and (is_new_minute or redis.call('PTTL', key) == -1) then
    keep(key)
  end
end
touched = {}
-- A silent gateway is forgotten.
if is_new_minute then
  set('minute', minute)
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

-- Returns what one of the sets by revision has after `from`, and up to which revision that is all of it.
local PAGE = 1000
local function page(key, from)
  local flat = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES', 'LIMIT', 0, PAGE)
  return flat, #flat < 2 * PAGE and get('revision') or tonumber(flat[#flat])
end
local everything = math.max(copied, copied_from) < get('horizon')
local news, ended, early = {}, {}, {}
local function tell_ended(number)
  ended[#ended + 1] = number
  ended[#ended + 1] = is_gone(tonumber(number)) and '1' or '0'
end
local changes_page, told = page(changes, everything and '-inf' or '(' .. int(copied))
if not everything then
  local dropped_page, all_dropped = page(dropped, '(' .. int(copied))
  told = math.min(told, all_dropped)
  for i = 1, #dropped_page, 2 do
    if tonumber(dropped_page[i + 1]) <= told then
      tell_ended(dropped_page[i])
    end
  end
end
for i = 1, #changes_page, 2 do
  if tonumber(changes_page[i + 1]) <= told then
    local number = changes_page[i]
    local claim = claim_of(tonumber(number))
    local ends = not claim and stay_end(tonumber(number))
    local visitor = ends and redis.call('HGET', guests, number)
    if claim or visitor then
      news[#news + 1] = number
      news[#news + 1] = claim and 'C' or 'S'
      news[#news + 1] = claim and int(claim.called) or visitor
      news[#news + 1] = int(claim and claim.ready or ends)
    else
      -- Redis has evicted the key that held it.
      tell_ended(number)
    end
  end
end
local freed_page, freed_told = page(freed, '(' .. int(since))
for i = 1, #freed_page, 2 do
  local number, ends = string.match(freed_page[i], '^(%d+)|(%d+)$')
  early[#early + 1] = number
  early[#early + 1] = ends
end
return finish(
  {
    int(get('revision')), int(get('issued')), int(get('served')), int(inside()), int(get('capacity')), meta.mode,
    string.format('%.17g', per_second('cursor')), int(get('configured')), everything and '1' or '0',
    int(get('numbered')), int(get('doubled')), int(get('recalled')), int(get('overfull')),
    int(told), int(freed_told), int(get('base')), meta.gaps or '',
  },
  news, ended, early, tickets, { everything and redis.call('GET', gone) or '' }
)
