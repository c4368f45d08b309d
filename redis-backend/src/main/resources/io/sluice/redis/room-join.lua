-- Gives visitors numbers, or finds the numbers they have.
-- Keys: see room.lua. ARGV the count of visitors; these; a text with 1 for each who may go straight in and 0 for the
-- others; then for each visitor whose number the gateway remembers: the index (1 is the first), the number.
-- Returns the places in one part: the number of a visitor who waits, or state|number|until; +count for so many new
-- visitors who wait with the next numbers; during a hold, for a visitor without a number, QUEUED|0|the time that stands
-- for it, or 0 if the gateway has to give a time.
-- Cost: 6 calls for all new visitors together, each of whom takes a field and a bit; about 6 calls for each visitor
-- who is known, and more for one who goes straight in.
local LIVENESS_BITS = 32

local first, count_of_visitors = OWN + 2, tonumber(ARGV[OWN + 1])
local visitors = { unpack(ARGV, first, first + count_of_visitors - 1) }
local flags, remembered = ARGV[first + count_of_visitors], {}
for i = first + count_of_visitors + 1, #ARGV, 2 do
  remembered[tonumber(ARGV[i])] = tonumber(ARGV[i + 1])
end

local function may_go_in(i)
  return string.byte(flags, i) == 49
end

local function may_go_straight_in(number)
  if meta.mode ~= 'OPEN' or free_places() <= redis.call('HLEN', claims) then
    return false
  end
  local first_late = redis.call('ZRANGE', late, 0, 0)[1]
  if first_late and tonumber(first_late) < number then
    return false
  end
  return not waiting_numbers(get('served') + 1, number - 1)()
end

local function look_all_up()
  local found = redis.call('HMGET', KEYS[7 + generation % 2], unpack(visitors))
  local earlier = KEYS[7 + (generation - 1) % 2]
  if redis.call('EXISTS', earlier) == 1 then
    for i, number in ipairs(redis.call('HMGET', earlier, unpack(visitors))) do
      found[i] = found[i] or number
    end
  end
  return found
end

-- Returns the visitors' numbers, which of them are new, and the fields to be written down for these. New numbers follow
-- one another.
local function number_all()
  local found = look_all_up()
  local numbers, new, fields, seen = {}, {}, {}, {}
  for i, number in pairs(remembered) do
    local visitor = visitors[i]
    seen[visitor] = seen[visitor] or look_up(number, visitor) or number_of(visitor)
  end
  local issued, closed, fields_end = get('issued'), meta.mode == 'CLOSED', 0
  for i, visitor in ipairs(visitors) do
    local number = seen[visitor]
    if not number and found[i] then
      number = tonumber(found[i])
      number = not is_gone(number) and number or nil
    end
    if not number and not closed then
      issued = issued + 1
      number = issued
      new[i] = true
      fields[fields_end + 1] = visitor
      fields[fields_end + 2] = number
      fields_end = fields_end + 2
    end
    seen[visitor] = number
    numbers[i] = number
  end
  set('issued', issued)
  return numbers, new, fields
end

local function hear_all(from, to)
  local key = open_slice()
  for at = from, to, LIVENESS_BITS do
    local bits = math.min(LIVENESS_BITS, to - at + 1)
    redis.call('BITFIELD', key, 'SET', 'u' .. bits, int(at - get('base')), int(2 ^ bits - 1))
  end
end

-- Numbers are used up before anything else is written: if a later call fails, nobody gets them again.
local function write_down(fields)
  if #fields > 0 then
    redis.call('HSET', meta_key, 'issued', meta.issued)
    hear_all(fields[2], get('issued'))
    redis.call('HSET', visitors_of_today(), unpack(fields))
  end
end

local function text_of(number)
  local state, named, till = unpack(place(number))
  return state == 'QUEUED' and named or state .. '|' .. named .. '|' .. till
end

local function place_of(visitor, number, may_enter)
  if not number then
    return 'CLOSED|0|0'
  end
  if number <= get('turned') then
    -- The place is kept for as long as the new ticket is good.
    remember(visitor, number)
    set('rejoined', math.min(number, lowest_rejoined()))
  end
  local claim = claim_of(number)
  if claim and meta.mode ~= 'CLOSED' and end_if_over(claim) then
    -- More may have expired than one call ends.
    claim = nil
    number = is_gone(number) and issue(visitor) or number
  end
  hear(number)
  if claim then
    if may_enter and meta.mode ~= 'CLOSED' then
      come_to_the_door(claim, visitor)
    else
      claim.heard = now
      save(claim)
    end
  elseif not stay_end(number) then
    if number <= get('served') then
      redis.call('ZADD', late, number, int(number))
      touched[late] = true
    end
    if may_enter and may_go_straight_in(number) then
      move_cursor(number)
      let_in(number, visitor, now + stay)
    end
  end
  return text_of(number)
end

local function place_during_hold(visitor)
  local number = is_of_this_life and number_of(visitor)
  if number and not is_stay_over(number) then
    return text_of(number)
  end
  if meta.mode == 'CLOSED' then
    return 'CLOSED|0|0'
  end
  if get('hold') == 0 then
    -- Only this gateway is held. It shows the ticket once it has handed in the number that the visitor may have, and
    -- gives no numbers to those who come later before that.
    return 'QUEUED|0|0'
  end
  redis.call('ZADD', provisional, 'LT', int(now), visitor)
  touched[provisional] = true
  return 'QUEUED|0|' .. int(tonumber(redis.call('ZSCORE', provisional, visitor)))
end

local places = {}
if held then
  for i, visitor in ipairs(visitors) do
    places[i] = place_during_hold(visitor)
  end
  return finish(places)
end
local numbers, new, fields = number_all()
write_down(fields)
-- The number of the visitor before, if new and waiting; and how many such are yet to be told as a run.
local last, more = false, 0
local function tell_more()
  if more > 0 then
    places[#places + 1] = '+' .. more
    more = 0
  end
end
-- New visitors wait if nobody could go in, and behind a visitor who waits.
local wait = meta.mode ~= 'OPEN' or free_places() <= redis.call('HLEN', claims)
for i, visitor in ipairs(visitors) do
  local number, place = numbers[i], nil
  wait = wait or new[i] and not may_go_in(i)
  if not (wait and new[i]) then
    place = place_of(visitor, number, may_go_in(i))
  end
  local waits = new[i] and (not place or place == int(number))
  if waits and last == number - 1 then
    more = more + 1
  else
    tell_more()
    places[#places + 1] = place or int(number)
  end
  last = waits and number
  wait = wait or waits
end
tell_more()
return finish(places)
