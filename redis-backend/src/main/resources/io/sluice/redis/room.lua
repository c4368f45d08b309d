-- What all scripts of a room share. Each script is this text, then room-life.lua, then its own file.
--
-- KEYS  1 meta: hash of counters     2 stays: number -> end      3 claims: number -> claim
--       4 late: numbers              5 freed: revision of stays that ended early
--       6 gone: bitmap of numbers that are over                  7-8 visitors: hash -> number, a generation each
--       9-14 alive: bitmaps of numbers heard from, a slice of time each         15 scratch
--       16 knocking: numbers with a claim that are at the door   17 guests: number -> visitor, of the stays
--       18 changed: stays and claims by the revision of their last change
--       19 dropped: numbers that are neither any more, by revision, for some seconds
--       20 provisional: visitors who joined while the store was away, by when; only during a hold
--       21 fresh: numbers with a claim that may be on the way or has yet to be counted as silent, by when they were
--       called or heard from
--       22 ends: numbers with a claim, by when it has to be looked at   23 part: scratch
-- ARGV  1 now, 0 for TIME   2 stay   3 claimWithin   4 patience (all in microseconds)   5 renewable: 1 or 0
--       6 capacity and 7 mode of a room that begins
--       8 to 24: see room-life.lua; then the script's own arguments
-- Cost  of every call: TIME, HGETALL of the counters (O(gateways)), a look at the stays that are over and an HSET of the
--       counters that changed; eight calls for each stay or claim that is over (at most 500 of each). The own cost of
--       a script, which its file tells, comes on top. After a loss, finding what a token stands for takes up to six
--       calls more.
--
-- A number is USED if it is in stays, READY if it is in claims, EXPIRED if its bit is in gone, and else QUEUED.
-- So a waiting visitor takes one field of a hash and a few bits.
--
-- Liveness comes in slices of a quarter of the patience: a visitor counts as alive for the patience and up to a quarter
-- more. If gateways differ in the patience, each that refreshes goes over to its own slices.
--
-- Visitors come in generations of 24 h, of which two are kept; a visitor inside is carried over into the next one.
-- Besides visitor -> number they hold visitor@ticket -> number for each ticket that stands for another number than its
-- own: a ticket given out while the store was away (ticket is its time), or one of two that a visitor came to have.
--
-- Bitmaps begin at the BASE, a multiple of 8: every number below it is over, and no ticket of it is good any more. The
-- base is raised when a generation turns, so that a room in use for years takes no more than the numbers of two or
-- three days, and back to the lowest that is inside, called, or joined with again.

local OWN = 24
local meta_key, stays, claims, late, freed, gone = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local scratch, knocking, guests, changes, dropped, provisional = KEYS[15], KEYS[16], KEYS[17], KEYS[18], KEYS[19], KEYS[20]
local fresh, claim_ends, part = KEYS[21], KEYS[22], KEYS[23]
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local stay, claim_within, patience = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local renewable = ARGV[5] == '1'

local DAY = 86400000000
local KNOCK_LEASE = 2000000
local FRESH = 4000000
local WINDOW = 20
local TRUSTED = 10
local NEVER = 9007199254740991
-- The most that one call ends, calls or tells: Redis does nothing else meanwhile.
local MOST_AT_ONCE = 500

local function int(number)
  return string.format('%.0f', number)
end

-- An unused room is forgotten, but not before everybody's time in it is over; the counters go last.
local function keep(key)
  local ttl = math.ceil(math.max(2 * DAY, 2 * stay) / 1000)
  redis.call('PEXPIRE', key, key == meta_key and ttl + 60000 or ttl)
end
-- Keys that this call may have made. They need an expiry now, because a gateway may die before its next refresh.
-- Joins of visitors who wait touch none but once a day and slice.
local touched = {}
local function keep_what_is_new()
  for key in pairs(touched) do
    if redis.call('PTTL', key) == -1 then
      keep(key)
    end
  end
  touched = {}
end

-- Counters: read once, written once at the end.
local meta = {}
do
  local flat = redis.call('HGETALL', meta_key)
  for i = 1, #flat, 2 do
    meta[flat[i]] = flat[i + 1]
  end
end
local changed = {}
local function get(name)
  return tonumber(meta[name]) or 0
end
local function set(name, value)
  value = type(value) == 'number' and string.format('%.17g', value) or value
  if meta[name] ~= value then
    meta[name] = value
    changed[name] = value
  end
end
local function raise(name, value)
  if value > get(name) then
    set(name, value)
  end
end

-- Gaps: numbers that nobody is known to have, up to where the cursor has passed them. They are kept as first|last of
-- each, in order.
local function read_gaps(text)
  local gaps = {}
  for first, last in string.gmatch(text or '', '(%d+)|(%d+)') do
    gaps[#gaps + 1] = { tonumber(first), tonumber(last) }
  end
  return gaps
end
local function set_gaps(gaps)
  local texts = {}
  for i, gap in ipairs(gaps) do
    texts[i] = int(gap[1]) .. '|' .. int(gap[2])
  end
  set('gaps', table.concat(texts, ','))
end
local function common_gaps(some, others)
  local common = {}
  for _, one in ipairs(some) do
    for _, other in ipairs(others) do
      local first, last = math.max(one[1], other[1]), math.min(one[2], other[2])
      if first <= last then
        common[#common + 1] = { first, last }
      end
    end
  end
  return common
end
local function count_in_gaps(first, last)
  local count = 0
  for _, gap in ipairs(common_gaps(read_gaps(meta.gaps), { { first, last } })) do
    count = count + gap[2] - gap[1] + 1
  end
  return count
end
-- No position counts the gaps that the cursor has passed. There would be more of them with every loss.
local function forget_gaps_through(number)
  local gaps = read_gaps(meta.gaps)
  if #gaps > 0 and gaps[1][2] <= number then
    repeat
      table.remove(gaps, 1)
    until #gaps == 0 or gaps[1][2] > number
    set_gaps(gaps)
  end
end
-- Has numbers go on after this one.
local function skip_to(number)
  local issued, gaps = get('issued'), read_gaps(meta.gaps)
  if number <= issued then
    return
  end
  if #gaps > 0 and gaps[#gaps][2] == issued then
    gaps[#gaps][2] = number
  else
    gaps[#gaps + 1] = { issued + 1, number }
  end
  set_gaps(gaps)
  set('issued', number)
end
-- Numbers are given out one after the other. So if somebody has a number in a gap, so have others those before it.
local function learn_of(number)
  raise('issued', number)
  local gaps = read_gaps(meta.gaps)
  for i, gap in ipairs(gaps) do
    if gap[1] <= number and number <= gap[2] then
      gap[1] = number + 1
      if gap[1] > gap[2] then
        table.remove(gaps, i)
      end
      set_gaps(gaps)
      return
    end
  end
end
-- Takes in the highest number that a gateway of another life knows, and the gaps that it knows below.
local function learn_of_all(highest, gaps_below)
  skip_to(highest)
  local unknown = read_gaps(gaps_below)
  unknown[#unknown + 1] = { highest + 1, NEVER }
  set_gaps(common_gaps(read_gaps(meta.gaps), unknown))
end

local function change_mode(mode)
  if meta.mode == 'CLOSED' and mode ~= 'CLOSED' then
    set('opened', now)
  end
  set('mode', mode)
end

-- Exponential means with a time constant of WINDOW seconds.
local function weight(rate, at)
  local last = get(rate .. '.at')
  if at <= last then
    return get(rate)
  end
  return get(rate) * math.exp((last - at) / (WINDOW * 1000000))
end
local function count(rate, events, at)
  -- A gateway may tell late of an event from long before the last one counted.
  local faded = math.exp(math.min(at - get(rate .. '.at'), 0) / (WINDOW * 1000000))
  set(rate, weight(rate, at) + events * faded)
  set(rate .. '.at', math.max(at, get(rate .. '.at')))
end
local function per_second(rate)
  local seen = math.max(1, (now - get('counting')) / 1000000)
  return weight(rate, now) / (WINDOW * (1 - math.exp(-seen / WINDOW)))
end

-- Visitors.
-- A clock that is set back over midnight does not turn the generation back.
local generation = math.max(math.floor(now / DAY), get('generation'))
local function raise_base(to)
  local bytes, rests = (to - get('base')) / 8, {}
  if bytes <= 0 then
    return
  end
  for _, key in ipairs({ gone, unpack(KEYS, 9, 14) }) do
    rests[key] = redis.call('GETRANGE', key, bytes, -1)
  end
  -- Written at once: bitmaps that begin elsewhere than the base says would mean other numbers.
  redis.call('HSET', meta_key, 'base', int(to))
  set('base', to)
  for key, rest in pairs(rests) do
    redis.call('DEL', key)
    if rest ~= '' then
      redis.call('SET', key, rest)
      keep(key)
    end
  end
end
-- Returns the lowest number of an earlier generation whose visitor has joined again in this one.
local function lowest_rejoined()
  return get('rejoined') > 0 and get('rejoined') or NEVER
end
local function turn_generation()
  local before = get('generation')
  if before ~= generation then
    -- Numbers issued by the last turn are two generations old. What a room that has just begun or come back had
    -- issued by then is not known.
    local issued_by_last_turn = get('turned')
    if generation - before > 1 then
      redis.call('UNLINK', KEYS[7 + (generation - 1) % 2])
      issued_by_last_turn = before > 0 and get('issued') or 0
      set('rejoined', 0)
    end
    redis.call('UNLINK', KEYS[7 + generation % 2])
    set('generation', generation)
    set('turned', before > 0 and get('issued') or 0)
    -- A visitor inside is known for as long as the stay lasts.
    local flat = redis.call('HGETALL', guests)
    local lowest = math.min(issued_by_last_turn + 1, get('served') + 1, lowest_rejoined())
    set('rejoined', 0)
    for first = 1, #flat, 1000 do
      local fields = {}
      for i = first, math.min(first + 999, #flat), 2 do
        fields[#fields + 1] = flat[i + 1]
        fields[#fields + 1] = flat[i]
        lowest = math.min(lowest, tonumber(flat[i]))
      end
      redis.call('HSET', KEYS[7 + generation % 2], unpack(fields))
      touched[KEYS[7 + generation % 2]] = true
    end
    for _, number in ipairs(redis.call('HKEYS', claims)) do
      lowest = math.min(lowest, tonumber(number))
    end
    raise_base(lowest - lowest % 8)
  end
end
local function is_gone(number)
  return number < get('base') or redis.call('GETBIT', gone, number - get('base')) == 1
end
local function look_in_generations(field)
  return tonumber(redis.call('HGET', KEYS[7 + generation % 2], field)
    or redis.call('HGET', KEYS[7 + (generation - 1) % 2], field))
end
local function number_of(visitor)
  local number = look_in_generations(visitor)
  return number and not is_gone(number) and number or nil
end
local function visitors_of_today()
  local key = KEYS[7 + generation % 2]
  if get('visitors_of') ~= generation then
    set('visitors_of', generation)
    touched[key] = true
  end
  return key
end
local function remember(visitor, number)
  redis.call('HSET', visitors_of_today(), visitor, int(number))
end

-- Liveness, by a clock that stands still while the store is away. All gateways use one length of a slice.
local slice_length = tonumber(meta.slice_length) or patience / 4
local function slice()
  return math.floor((now - get('stood')) / slice_length)
end
local function slice_key(at)
  return KEYS[9 + at % 6]
end
local function open_slice()
  local at = slice()
  if get('slice' .. at % 6) ~= at then
    redis.call('DEL', slice_key(at))
    redis.call('SETBIT', slice_key(at), 0, 0)
    keep(slice_key(at))
    set('slice' .. at % 6, at)
  end
  return slice_key(at)
end
local function hear(number)
  redis.call('SETBIT', open_slice(), number - get('base'), 1)
end
local function merge(key, first_byte, bitmap)
  local offset = first_byte - get('base') / 8
  if offset < 0 then
    bitmap, offset = string.sub(bitmap, 1 - offset), 0
  end
  if #bitmap == 0 then
    return
  end
  local length = redis.call('STRLEN', key)
  if #bitmap * 8 < length then
    -- Merge with the part that it covers, not with all: the numbers whose turn is near are merged at each refresh.
    redis.call('SET', scratch, bitmap)
    redis.call('SET', part, redis.call('GETRANGE', key, offset, offset + #bitmap - 1))
    redis.call('BITOP', 'OR', scratch, scratch, part)
    redis.call('SETRANGE', key, offset, redis.call('GET', scratch))
  else
    redis.call('DEL', scratch)
    redis.call('SETRANGE', scratch, offset, bitmap)
    if length > offset + #bitmap then
      -- BITOP is twenty times faster if all bitmaps have the same length.
      redis.call('SETBIT', scratch, 8 * length - 1, 0)
    end
    redis.call('BITOP', 'OR', key, key, scratch)
  end
  redis.call('DEL', scratch, part)
  keep(key)
end
local function live_slices()
  local keys = {}
  for at = slice() - 4, slice() do
    if get('slice' .. at % 6) == at then
      keys[#keys + 1] = slice_key(at)
    end
  end
  return keys
end
local function is_alive(number)
  if number < get('base') then
    return false
  end
  for _, key in ipairs(live_slices()) do
    if redis.call('GETBIT', key, number - get('base')) == 1 then
      return true
    end
  end
  return false
end

-- Goes over to slices of another length. A number that counts as alive was heard from now.
local function slice_by(length)
  local live = live_slices()
  local bytes = #live > 0 and redis.call('BITOP', 'OR', scratch, unpack(live)) or 0
  redis.call('UNLINK', unpack(KEYS, 9, 14))
  slice_length = length
  set('slice_length', length)
  if bytes > 0 then
    redis.call('RENAME', scratch, open_slice())
    keep(open_slice())
  end
end

-- The changes that the gateways' copies of stays and claims follow.
local function note(number)
  set('revision', get('revision') + 1)
  redis.call('ZADD', changes, get('revision'), int(number))
  touched[changes] = true
end
local function note_dropped(number)
  set('revision', get('revision') + 1)
  redis.call('ZREM', changes, int(number))
  redis.call('ZADD', dropped, get('revision'), int(number))
  touched[dropped] = true
end
-- A stay that ended early: its pass is not good any more.
local function note_freed(number, ends)
  local added = redis.call('ZADD', freed, 'NX', get('revision') + 1, int(number) .. '|' .. int(ends))
  if added == 1 then
    set('revision', get('revision') + 1)
    touched[freed] = true
  end
end

-- Claims: called, heard, ready, knock, left, came, answered.
local function parse(number, text)
  local c, h, r, k, l, a, w = string.match(text, '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d)|(%d)$')
  if not c then
    -- A claim that cannot be read must not stop the room. It counts as if its number had just been called, and is
    -- written anew in time.
    return {
      number = number, called = now, heard = now, ready = 0, knock = 0, left = 0,
      came = false, answered = false, knocked = true,
    }
  end
  -- Nobody could enter while the room was closed. The time of a visitor who had been told begins anew when it opens.
  local ready = r ~= '0' and math.max(tonumber(r), get('opened') + claim_within) or 0
  return {
    number = number, called = tonumber(c), heard = tonumber(h), ready = ready,
    knock = tonumber(k), left = tonumber(l), came = a == '1', answered = w == '1', knocked = k ~= '0',
  }
end
local function claim_of(number)
  local text = redis.call('HGET', claims, int(number))
  return text and parse(number, text) or nil
end
local function claim_end(claim)
  if claim.knock ~= 0 then
    return claim.knock
  end
  return claim.ready ~= 0 and claim.ready or claim.heard + patience
end
local function save(claim)
  local text = table.concat({
    int(claim.called), int(claim.heard), int(claim.ready), int(claim.knock), int(claim.left),
    claim.came and '1' or '0', claim.answered and '1' or '0',
  }, '|')
  local number, ends, last_sign = int(claim.number), claim_end(claim), math.max(claim.called, claim.heard)
  redis.call('HSET', claims, number, text)
  redis.call('ZADD', claim_ends, int(ends), number)
  touched[claims], touched[claim_ends], touched[knocking], touched[fresh] = true, true, true, true
  if claim.knock ~= 0 then
    redis.call('ZADD', knocking, number, number)
  elseif claim.knocked then
    redis.call('ZREM', knocking, number)
  end
  -- A silent one stays until advance() has counted it as one that does not come.
  if claim.knock == 0 and (now - last_sign < FRESH or not claim.answered) then
    redis.call('ZADD', fresh, int(last_sign), number)
  else
    redis.call('ZREM', fresh, number)
  end
  claim.knocked = claim.knock ~= 0
  set('due', math.min(get('due'), ends))
end
local function call(number, called, ready)
  redis.call('ZREM', late, int(number))
  -- Liveness is known by the slice only; the claim of a silent visitor ends one patience from now.
  save({ number = number, called = called, heard = now, ready = ready, knock = 0, left = 0, came = false, answered = false })
  note(number)
  if number > get('served') then
    raise('called_ahead', number)
  end
end
local function drop_claim(number)
  if redis.call('HDEL', claims, int(number)) == 1 then
    redis.call('ZREM', knocking, int(number))
    redis.call('ZREM', fresh, int(number))
    redis.call('ZREM', claim_ends, int(number))
  end
end
local function answered(claim)
  if not claim.answered then
    claim.answered = true
    count('answered', 1, now)
    return true
  end
  return false
end
local function tell(claim)
  if claim.ready == 0 then
    claim.ready = now + claim_within
    note(claim.number)
  end
end

-- Places.
local function stay_end(number)
  return tonumber(redis.call('ZSCORE', stays, int(number)))
end
local function inside()
  return redis.call('ZCARD', stays)
end
local function free_places()
  return get('capacity') - inside()
end
local function forget(number)
  redis.call('ZREM', stays, int(number))
  redis.call('HDEL', guests, int(number))
  drop_claim(number)
  redis.call('ZREM', late, int(number))
  if number >= get('base') then
    redis.call('SETBIT', gone, number - get('base'), 1)
    touched[gone] = true
  end
  note_dropped(number)
end
-- Ends a claim whose time is over, and the knocking of a visitor who is not at the door any more. If the visitor was
-- not told READY, only the claim ends: the number waits. Returns whether the claim has ended; if not, it has yet to
-- be saved.
local function end_if_over(claim)
  if claim.knock <= now then
    claim.knock = 0
  end
  if claim_end(claim) > now then
    return false
  end
  -- A claim may be shorter than the silence that counts as an answer.
  answered(claim)
  if claim.ready == 0 then
    drop_claim(claim.number)
    note_dropped(claim.number)
  else
    forget(claim.number)
  end
  return true
end
local function let_in(number, visitor, ends)
  drop_claim(number)
  redis.call('ZREM', late, int(number))
  redis.call('ZADD', stays, int(ends), int(number))
  redis.call('HSET', guests, int(number), visitor)
  touched[stays], touched[guests] = true, true
  note(number)
end
local function give_up(number)
  local ends = stay_end(number)
  local claim = not ends and claim_of(number)
  if claim then
    -- The visitor was called and will not come.
    answered(claim)
  end
  forget(number)
  if ends then
    note_freed(number, ends)
    count('freed', 1, now)
  end
end
local function move_cursor(number)
  if number > get('served') then
    count('cursor', number - get('served') - count_in_gaps(get('served') + 1, number), now)
    set('served', number)
    forget_gaps_through(number)
  end
end
-- Returns an iterator over the numbers from `first` to `last` that wait, ascending: heard from lately, not over,
-- neither called nor inside. It reads SPAN bytes at a time or, where nobody waits for as long, one bitmap of all who
-- wait.
local SPAN = 512
local function waiting_numbers(first, last)
  local base = get('base')
  local number, keys = math.max(first, base) - 1, nil
  local bytes, from, upto
  local function read_bytes(at)
    bytes, from, upto = {}, at, math.min(at + SPAN - 1, math.floor(last / 8))
    for _, key in ipairs(keys or live_slices()) do
      local text = redis.call('GETRANGE', key, from - base / 8, upto - base / 8)
      for i = 1, #text do
        bytes[i] = bit.bor(bytes[i] or 0, string.byte(text, i))
      end
    end
    local over = keys and '' or redis.call('GETRANGE', gone, from - base / 8, upto - base / 8)
    for i = 1, #over do
      bytes[i] = bytes[i] and bit.band(bytes[i], 255 - string.byte(over, i))
    end
    for _, byte in pairs(bytes) do
      if byte ~= 0 then
        return true
      end
    end
    return false
  end
  local function next_bit(at)
    if not keys then
      -- (a or b) xor b: the numbers in a that are not in b.
      keys = live_slices()
      redis.call('BITOP', 'OR', scratch, gone, unpack(keys))
      redis.call('BITOP', 'XOR', scratch, scratch, gone)
      redis.call('PEXPIRE', scratch, 1000)
      keys = { scratch }
    end
    local found = redis.call('BITPOS', scratch, 1, at - base / 8)
    return found < 0 and last + 1 or found + base
  end
  return function()
    number = number + 1
    while number <= last do
      local at = math.floor(number / 8)
      if (not from or at > upto) and not read_bytes(at) then
        number, from = math.max(number, next_bit(upto + 1)), nil
      else
        local byte = bytes[at - from + 1] or 0
        if byte == 0 then
          number = (at + 1) * 8
        elseif bit.band(byte, bit.rshift(128, number % 8)) ~= 0 and not stay_end(number) and not claim_of(number) then
          return number
        else
          number = number + 1
        end
      end
    end
    return nil
  end
end
local function is_place_left(number)
  return free_places() > redis.call('ZCOUNT', knocking, '-inf', '(' .. int(number))
end
-- Lets in the visitor of a claim if a place is free for the number; otherwise the number knocks.
local function come_to_the_door(claim, visitor)
  if not claim.came then
    claim.came = true
    local delay = math.max(100000, math.min(now - claim.called, FRESH))
    set('delay', get('delay') + 0.1 * (delay - get('delay')))
    count('came', 1, now)
    answered(claim)
  end
  claim.heard = now
  tell(claim)
  if is_place_left(claim.number) then
    let_in(claim.number, visitor, now + stay)
    return
  end
  if claim.knock == 0 then
    claim.left = math.max(claim.ready - now, 0)
  end
  claim.knock = now + KNOCK_LEASE
  -- The time of knocking does not count: what was left of the claim is still left.
  claim.ready = now + claim.left
  save(claim)
  note(claim.number)
end
local function issue(visitor)
  local number = get('issued') + 1
  set('issued', number)
  -- Written at once: a script may fail after this, and a number that was not counted would be given out twice.
  redis.call('HSET', meta_key, 'issued', int(number))
  remember(visitor, number)
  return number
end

-- Returns the place of a number: state, number, until.
local function place(number)
  if not number then
    return { 'EXPIRED', '0', '0' }
  end
  local ends = stay_end(number)
  if ends then
    return { 'USED', int(number), int(ends) }
  end
  local claim = claim_of(number)
  if claim then
    return { 'READY', int(number), int(claim.ready) }
  end
  return { is_gone(number) and 'EXPIRED' or 'QUEUED', is_gone(number) and '0' or int(number), '0' }
end
