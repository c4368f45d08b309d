-- What all scripts of a room share; each of them follows this text in one script.
--
-- KEYS  1 meta: hash of counters     2 stays: number -> end      3 claims: number -> claim
--       4 late: numbers              5 freed: revision of stays that ended early
--       6 gone: bitmap of numbers that are over                  7-8 visitors: hash -> number, a generation each
--       9-14 alive: bitmaps of numbers heard from, a slice of time each         15 scratch
--       16 knocking: numbers with a claim that are at the door
-- ARGV  1 now, 0 for TIME   2 stay   3 claimWithin   4 patience (all in microseconds)   5 renewable: 1 or 0
--       6 capacity, 7 mode and 8 epoch of a room that begins; then what the script itself takes
--
-- A number is INSIDE if it is in stays, CALLED if it is in claims, NONE if its bit is in gone, and else WAITING.
-- So a waiting visitor takes one field of a hash and a few bits.
--
-- Liveness comes in slices of a quarter of the patience: a visitor counts as alive for the patience and up to a
-- quarter more. Visitors come in generations of 24 h, of which two are kept.

local meta_key, stays, claims, late, freed, gone = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local knocking = KEYS[16]
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

local function int(number)
  return string.format('%.0f', number)
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
if not meta.epoch then
  set('capacity', ARGV[6])
  set('mode', ARGV[7])
  set('epoch', ARGV[8])
  set('began', now)
  set('delay', 1000000)
  set('due', NEVER)
end

-- Means that forget with a time constant of WINDOW seconds.
local function weight(rate, at)
  local last = get(rate .. '.at')
  if at <= last then
    return get(rate)
  end
  return get(rate) * math.exp((last - at) / (WINDOW * 1000000))
end
local function count(rate, events, at)
  set(rate, weight(rate, at) + events)
  set(rate .. '.at', math.max(at, get(rate .. '.at')))
end
local function per_second(rate)
  local seen = math.max(1, (now - get('began')) / 1000000)
  return weight(rate, now) / (WINDOW * (1 - math.exp(-seen / WINDOW)))
end

-- Visitors.
local generation = math.floor(now / DAY)
if get('generation') ~= generation then
  if generation - get('generation') > 1 then
    redis.call('DEL', KEYS[7 + (generation - 1) % 2])
  end
  redis.call('DEL', KEYS[7 + generation % 2])
  set('generation', generation)
end
local function is_gone(number)
  return redis.call('GETBIT', gone, number) == 1
end
local function number_of(visitor)
  local number = redis.call('HGET', KEYS[7 + generation % 2], visitor)
    or redis.call('HGET', KEYS[7 + (generation - 1) % 2], visitor)
  number = tonumber(number)
  return number and not is_gone(number) and number or nil
end

-- Liveness.
local slice_length = patience / 4
local slice = math.floor(now / slice_length)
local function slice_key(at)
  return KEYS[9 + at % 6]
end
local function hear(number)
  if get('slice' .. slice % 6) ~= slice then
    redis.call('DEL', slice_key(slice))
    set('slice' .. slice % 6, slice)
  end
  redis.call('SETBIT', slice_key(slice), number, 1)
end
local function live_slices()
  local keys = {}
  for at = math.floor((now - patience) / slice_length), slice do
    if get('slice' .. at % 6) == at then
      keys[#keys + 1] = slice_key(at)
    end
  end
  return keys
end
local function is_alive(number)
  for _, key in ipairs(live_slices()) do
    if redis.call('GETBIT', key, number) == 1 then
      return true
    end
  end
  return false
end

-- Claims: visitor, called, heard, ready, knock, left, came, answered.
local function parse(number, text)
  local v, c, h, r, k, l, a, w = string.match(text, '^(.-)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d)|(%d)$')
  return {
    number = number, visitor = v, called = tonumber(c), heard = tonumber(h), ready = tonumber(r),
    knock = tonumber(k), left = tonumber(l), came = a == '1', answered = w == '1',
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
    claim.visitor, int(claim.called), int(claim.heard), int(claim.ready), int(claim.knock), int(claim.left),
    claim.came and '1' or '0', claim.answered and '1' or '0',
  }, '|')
  redis.call('HSET', claims, int(claim.number), text)
  if claim.knock ~= 0 then
    redis.call('ZADD', knocking, int(claim.number), int(claim.number))
  else
    redis.call('ZREM', knocking, int(claim.number))
  end
  set('due', math.min(get('due'), claim_end(claim)))
end
local function all_claims()
  local flat = redis.call('HGETALL', claims)
  local all = {}
  for i = 1, #flat, 2 do
    all[#all + 1] = parse(tonumber(flat[i]), flat[i + 1])
  end
  table.sort(all, function(one, other) return one.number < other.number end)
  return all
end
local function drop_claim(number)
  redis.call('HDEL', claims, int(number))
  redis.call('ZREM', knocking, int(number))
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
  drop_claim(number)
  redis.call('ZREM', late, int(number))
  redis.call('SETBIT', gone, number, 1)
end
local function let_in(number)
  drop_claim(number)
  redis.call('ZREM', late, int(number))
  redis.call('ZADD', stays, int(now + stay), int(number))
end
local function move_cursor(number)
  if number > get('served') then
    count('cursor', number - get('served'), now)
    set('served', number)
  end
end
local function is_place_left(number)
  return free_places() > redis.call('ZCOUNT', knocking, '-inf', '(' .. int(number))
end

-- Where a number is: state, number, until.
local function place(number)
  local epoch = meta.epoch
  if not number then
    return { 'NONE', '0', '0', epoch }
  end
  local ends = stay_end(number)
  if ends then
    return { 'INSIDE', int(number), int(ends), epoch }
  end
  local claim = claim_of(number)
  if claim then
    return { 'CALLED', int(number), int(claim.ready), epoch }
  end
  return { is_gone(number) and 'NONE' or 'WAITING', is_gone(number) and '0' or int(number), '0', epoch }
end
local function look_up(number, visitor)
  local found = number_of(visitor)
  return found and (number == 0 or number == found) and found or nil
end

-- What has expired by now ends now.
for _, number in ipairs(redis.call('ZRANGEBYSCORE', stays, '-inf', int(now))) do
  count('freed', 1, stay_end(number))
  forget(tonumber(number))
end
if now >= get('due') then
  set('due', NEVER)
  for _, claim in ipairs(all_claims()) do
    if claim.knock ~= 0 and claim.knock <= now then
      claim.knock = 0
    end
    if claim_end(claim) > now then
      save(claim)
    elseif claim.ready == 0 then
      drop_claim(claim.number)
    else
      forget(claim.number)
    end
  end
end

local function finish(reply)
  local fields = {}
  for name, value in pairs(changed) do
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if #fields > 0 then
    redis.call('HSET', meta_key, unpack(fields))
  end
  return reply
end
