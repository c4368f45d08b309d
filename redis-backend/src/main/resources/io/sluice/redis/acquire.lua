-- Decides on up to 128 callers of one limit by GCRA, and refunds permits.
--
-- KEYS[1..2] hashes of the callers who owe at most 10 s, of even and of odd generations
-- KEYS[3..]  nothing, or for each caller the string that holds a longer debt
-- ARGV[1]    the time in microseconds since 1970, or '' for TIME. Only tests pass a time; their keys live an hour
--            longer, because Redis expires them by another clock
-- ARGV[2]    the number of callers
-- ARGV[3]    the number of bandwidths
-- then       for each bandwidth: cost of a permit, tolerance; both in microseconds
-- then       for each caller: the name
-- then       for each caller: permits of one charge, number of charges. Left out if all are 1. Permits below zero are
--            refunded, once; never beyond rest, and without effect on a caller who has no record
-- Result     for each caller and bandwidth: the debt in microseconds before anything was charged, 0 to the tolerance;
--            -1 if the caller's string holds something else, -2 if one of the hashes does; nothing is changed there.
--            The permits were charged as often as they fit: the min of floor((tolerance - debt) / (permits * cost))
--            over the bandwidths, at most as often as asked for
-- Cost       one HMGET and one HSET; while the generation is younger than the longest tolerance, one more HMGET. With
--            strings one MGET and, for each debt that became longer than 10 s, one SET; O(callers * bandwidths)
--
-- A name may come twice if not all permits are 1.
--
-- GENERATIONS. One key per caller, each with its own lifetime, costs Redis more than the decision itself. So a caller
-- who owes at most 10 s is a field in a hash. One hash has what is written in the even periods of 10 s since 1970, one
-- what is written in the odd ones. What a period wrote is at rest when the next period ends, and the period after that
-- takes the hash over. The field "generation" tells the period of a hash. Field values are the TATs in microseconds
-- since the beginning of the generation, 4 bytes each. Example: at 1,005 s a caller owes 3 s. Generation 100 began at
-- 1,000 s, so the even hash gets 8,000,000. At 1,007 s this means 1 s. At 1,011 s, in generation 101, the odd hash has
-- no such field, and the even one says that the debt is over. At 1,020 s generation 102 drops the even hash.

local GENERATION = 10000000

local now, extra_ms = tonumber(ARGV[1]), 3600000
if not now then
  local time = redis.call('TIME')
  now, extra_ms = time[1] * 1000000 + time[2], 0
end
local callers, bandwidths = tonumber(ARGV[2]), tonumber(ARGV[3])
local costs, tolerances, longest_tolerance = {}, {}, 0
for b = 1, bandwidths do
  costs[b] = tonumber(ARGV[2 + 2 * b])
  tolerances[b] = tonumber(ARGV[3 + 2 * b])
  longest_tolerance = math.max(longest_tolerance, tolerances[b])
end
local names = 3 + 2 * bandwidths
local asked = names + callers
local weighted = #ARGV > asked
local has_strings = #KEYS > 2

local generation = math.floor(now / GENERATION)
local begin = generation * GENERATION
local hash, older_hash = KEYS[1 + generation % 2], KEYS[2 - generation % 2]

local function is_wrong_type(reply)
  return string.find(reply.err, 'WRONGTYPE', 1, true)
end

local function all_foreign()
  local result = {}
  for i = 1, callers * bandwidths do
    result[i] = -2
  end
  return result
end

-- Returns the value of "generation", then those of all callers.
local function read_hash(key)
  return redis.pcall('HMGET', key, 'generation', unpack(ARGV, names + 1, asked))
end

local values = read_hash(hash)
if values.err then
  return is_wrong_type(values) and all_foreign() or values
end
local marker = values[1]
local is_current = tonumber(marker) == generation
if marker and not tonumber(marker) then
  return all_foreign()
end

-- Strings may hold more than the tolerance, from a time when the limit was larger, and so may the older hash.
local older
if has_strings or now < begin + longest_tolerance then
  older = read_hash(older_hash)
  if older.err then
    return is_wrong_type(older) and all_foreign() or older
  end
  if tonumber(older[1]) ~= generation - 1 then
    older = nil
  end
end
local strings = has_strings and redis.call('MGET', unpack(KEYS, 3))

-- Inside the script callers go by number. A caller who comes twice goes by the first number.
local tats = {}
local foreign = {}
local charged = {}
local longest = {}
local first = {}

-- Reads the TATs of a caller who is in a hash.
local function read_packed(c, value, base)
  local at = (c - 1) * bandwidths
  for b = 1, bandwidths do
    if #value < 4 * b then
      break
    end
    tats[at + b] = base + struct.unpack('>I4', value, 4 * b - 3)
  end
end

-- Reads the TATs of a caller who has a string and may be in a hash, too. The later TATs count.
local function read_string(c, value)
  local at = (c - 1) * bandwidths
  local found = 0
  for text in string.gmatch(value, '[^,]+') do
    local tat = tonumber(text)
    if not tat then
      foreign[c] = true
      return
    end
    found = found + 1
    if found <= bandwidths and tat > (tats[at + found] or 0) then
      tats[at + found] = tat
    end
  end
  foreign[c] = found == 0 or nil
end

local result = {}
for c = 1, callers do
  local permits, times, me = 1, 1, c
  if weighted then
    local name = ARGV[names + c]
    permits, times = tonumber(ARGV[asked + 2 * c - 1]), tonumber(ARGV[asked + 2 * c])
    me = first[name] or c
    first[name] = me
  end
  if me == c then
    local value = is_current and values[1 + c]
    if value then
      read_packed(c, value, begin)
    else
      value = older and older[1 + c]
      if value then
        read_packed(c, value, begin - GENERATION)
      end
    end
    if strings and strings[c] then
      read_string(c, strings[c])
    end
  end

  local at, answer_at = (me - 1) * bandwidths, (c - 1) * bandwidths
  -- A debt above the tolerance is written back as the tolerance even if nothing is charged. Otherwise it would stay
  -- above, and the wait in the answer would not be the real one.
  local clamped = false
  local fits = (permits > 0 or tats[at + 1]) and times or 0
  for b = 1, bandwidths do
    -- A bandwidth that was added to the limit later starts at rest.
    local debt, tolerance = (tats[at + b] or 0) - now, tolerances[b]
    if debt < 0 then
      debt = 0
    elseif debt > tolerance then
      debt = tolerance
      clamped = true
    end
    result[answer_at + b] = debt
    if debt + fits * permits * costs[b] > tolerance then
      fits = math.floor((tolerance - debt) / (permits * costs[b]))
    end
  end
  if (fits > 0 or clamped) and not foreign[me] then
    local most = 0
    for b = 1, bandwidths do
      local debt = result[answer_at + b] + fits * permits * costs[b]
      if debt < 0 then
        debt = 0
      end
      if debt > most then
        most = debt
      end
      tats[at + b] = now + debt
    end
    if not longest[me] then
      charged[#charged + 1] = me
    end
    longest[me] = most
  end
end

if #charged > 0 and not is_current then
  if marker then
    redis.call('UNLINK', hash)
  elseif redis.call('EXISTS', hash) == 1 then
    return all_foreign()
  end
end

local fields = {}
for _, c in ipairs(charged) do
  local at = (c - 1) * bandwidths
  if longest[c] <= GENERATION then
    local packed = struct.pack('>I4', tats[at + 1] - begin)
    for b = 2, bandwidths do
      packed = packed .. struct.pack('>I4', tats[at + b] - begin)
    end
    fields[#fields + 1] = ARGV[names + c]
    fields[#fields + 1] = packed
    if strings and strings[c] then
      redis.call('DEL', KEYS[2 + c])
    end
  else
    local texts = {}
    for b = 1, bandwidths do
      texts[b] = string.format('%.0f', tats[at + b])
    end
    local text, ttl_ms = table.concat(texts, ','), math.ceil(longest[c] / 1000) + extra_ms
    if strings[c] then
      redis.call('SET', KEYS[2 + c], text, 'PX', ttl_ms)
    else
      -- MGET returns nothing for a key of another type, and a plain SET would replace it.
      local reply = redis.pcall('SET', KEYS[2 + c], text, 'PX', ttl_ms, 'GET')
      if type(reply) == 'table' and reply.err then
        if not is_wrong_type(reply) then
          return reply
        end
        foreign[c] = true
      end
    end
  end
end
if #fields > 0 then
  redis.call('HSET', hash, unpack(fields))
  if not is_current then
    redis.call('HSET', hash, 'generation', generation)
    redis.call('PEXPIRE', hash, math.ceil((3 * GENERATION - (now - begin)) / 1000) + extra_ms)
  end
end

if next(foreign) then
  for c = 1, callers do
    if foreign[weighted and first[ARGV[names + c]] or c] then
      for b = 1, bandwidths do
        result[(c - 1) * bandwidths + b] = -1
      end
    end
  end
end
return result
