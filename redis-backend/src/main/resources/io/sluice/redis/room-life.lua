-- What a room does when its store has lost something or was away; follows room.lua in every script of a room.
--
-- ARGV  8 silence: the time without advance() after which the store counts as having been away
--       9 the gateway's id   10 a random number   11 how many gateways live, as the gateway knows
--       12 whether it has something to hand in: 1 or 0
--       13 to 20, what the gateway knows of the room, empty if nothing: epoch, began, life, how many lives were before,
--       its own calls answered, the highest number it has seen, the highest revision, the gaps
--       21 since when the gateway has heard from the store all the time, calls of the room aside   22 when it last had
--       before that, 0 if always or not known   23 the store's time, as the gateway reckons it from the last answer
--       24 for how long the gateway's calls of the room have failed, 0 if the last was answered
--
-- A room has an EPOCH, which its tickets carry, and LIVES. A life ends when the store has lost something that it had
-- answered: everything (a restart, a flush) or the last writes (a failover). That shows when the room is not there, has
-- counted fewer calls of a gateway than that gateway has had answered, or lacks a life, a number or a revision that the
-- gateway knows.
-- Gateways then bring back what they know, the epoch included, so that tickets stay good. Numbers go on 1,000 higher,
-- so that none is given twice. They also do if the store was away and a gateway that might know of a loss is not back
-- by the end of the hold. The speed of the cursor does not count these GAPS, nor do positions and who waits.
--
-- After either loss, and when no gateway could reach the store for the silence, the room HOLDS: it calls, numbers and
-- admits nobody until all gateways have reported, at most for HOLD. A gateway of another life than the room's is held
-- until it has handed in what it knows, however late. If the gateways know two rooms, the one that began first is the
-- room.
--
-- The call that ends a hold looks at all visitors who are inside or called, whatever its own script costs. So does the
-- first call of a day, which carries the visitors inside over to the next generation.
--
-- Every script returns { state, now, epoch, began, life, calls, lives, revision } and then its own parts; state is OPEN
-- or HOLD. By the revision even a gateway that has made only one call, which a failover has lost, finds that out.

local HOLD = 1000000
local MARGIN = 1000
-- A failover loses less than this.
local MOST_LOST = 5000000
-- The most visitors without a number whom one call numbers, in some 5 ms.
local BATCH = 500

local silence, gateway, random, live = tonumber(ARGV[8]), ARGV[9], ARGV[10], tonumber(ARGV[11])
local has_to_hand_in, failing_for = ARGV[12] == '1', tonumber(ARGV[24])
-- A call that misses its deadline is no outage yet, even if it is the first after a night.
local was_away = failing_for > silence
local unbroken_since, broken_after, reckoned = tonumber(ARGV[21]), tonumber(ARGV[22]), tonumber(ARGV[23])
local known = ARGV[13] ~= '' and {
  epoch = ARGV[13], began = tonumber(ARGV[14]), life = ARGV[15], lives = tonumber(ARGV[16]),
  calls = tonumber(ARGV[17]), issued = tonumber(ARGV[18]), revision = tonumber(ARGV[19]), gaps = ARGV[20],
} or nil

-- The record of the gateway that calls, whether it knows this life of the room, and whether it gets no decisions now.
local me, is_of_this_life, held

-- A gateway's record: its calls, when it last advanced, in which hold it has reported.
local function gateway_record(id)
  local calls, advanced, reported = string.match(meta['g:' .. id] or '', '^(%d+)|(%d+)|(.*)$')
  return { calls = tonumber(calls) or 0, advanced = tonumber(advanced) or 0, reported = reported or '' }
end
local function all_gateways()
  local all = {}
  for name in pairs(meta) do
    if string.sub(name, 1, 2) == 'g:' then
      all[#all + 1] = gateway_record(string.sub(name, 3))
    end
  end
  return all
end
local function save_gateway(id, calls, advanced, reported)
  set('g:' .. id, string.format('%.0f|%.0f|%s', calls, advanced, reported))
end
local function save_me()
  save_gateway(gateway, me.calls, me.advanced, me.reported)
end

-- Begins a room. What is left of another room of this name belongs to other numbers.
local function begin(epoch, began)
  redis.call('UNLINK', unpack(KEYS))
  meta, changed = {}, {}
  set('epoch', epoch)
  set('began', began)
  set('life', random)
  set('capacity', ARGV[6])
  set('mode', ARGV[7])
  set('counting', now)
  set('delay', 1000000)
  set('due', NEVER)
  slice_length = patience / 4
  set('slice_length', slice_length)
end
local function hold(lost)
  set('hold', now + HOLD)
  set('held', random)
  set('lost', lost)
  set('away', 0)
  set('failing', now)
  set('cut_off', 0)
  set('handed_in', 0)
  set('since', get('advanced'))
end
local function lose()
  set('life', random)
  set('lives', math.max(get('lives'), known.lives) + 1)
  learn_of_all(known.issued, known.gaps)
  skip_to(get('issued') + MARGIN)
  raise('revision', known.revision)
  hold(1)
end
local function was_advancing(one)
  return one.advanced > 0 and one.advanced >= get('advanced') - silence
end

-- A Redis whose clock is behind has taken over. What happened stays as long ago as it was, the clock of the liveness
-- goes on from where it was, and a hold is no longer than usual. Claims and stays last longer by the difference.
-- Returns when the room last advanced, by the clock before.
local function set_clock_back()
  local advanced = get('advanced')
  if now < advanced then
    local back = advanced - now
    set('stood', get('stood') - back)
    for _, name in ipairs({
      'advanced', 'since', 'failing', 'stilled', 'counting', 'opened',
      'freed.at', 'cursor.at', 'came.at', 'answered.at',
    }) do
      if get(name) > 0 then
        set(name, math.max(get(name) - back, 1))
      end
    end
    for name in pairs(meta) do
      if string.sub(name, 1, 2) == 'g:' then
        local one = gateway_record(string.sub(name, 3))
        save_gateway(string.sub(name, 3), one.calls, math.max(one.advanced - back, 0), one.reported)
      end
    end
  end
  if get('hold') > now + HOLD then
    set('hold', now + HOLD)
  end
  return advanced
end
local function notice_loss()
  if not meta.epoch then
    if known then
      begin(known.epoch, known.began)
      lose()
    else
      begin(random, now)
    end
  elseif known and known.began < get('began') then
    begin(known.epoch, known.began)
    lose()
  elseif known and known.life == meta.life and (known.issued > get('issued') or known.revision > get('revision')
      or meta['g:' .. gateway] and known.calls > gateway_record(gateway).calls) then
    lose()
  elseif known and known.epoch == meta.epoch and known.lives > get('lives') then
    -- The store has gone back to what it was before an earlier loss, which it does not know of.
    lose()
  end
end
local function count_the_call()
  me = gateway_record(gateway)
  if known and not meta['g:' .. gateway] then
    -- The room forgot the gateway because it was silent for long; no answered call was lost.
    me.calls = known.calls
  end
  me.calls = me.calls + 1
  is_of_this_life = not known or known.life == meta.life
end
-- A gateway that was without the store may have met one whose clock is behind, and knows how long it was away. One of
-- another life goes by the old clock until it has handed in. The room has held for that loss already.
local function notice_absence(advanced)
  local time = was_away and is_of_this_life and math.max(now, reckoned) or now
  -- Heartbeats broke at a time that is yet to come by this clock, and this is the first call by it.
  local clock_is_behind = now < math.min(advanced, broken_after)
  if get('hold') == 0 and advanced > 0 and (clock_is_behind or time - advanced > silence) then
    local others = was_advancing(me) and -1 or 0
    for _, one in ipairs(all_gateways()) do
      others = others + (was_advancing(one) and 1 or 0)
    end
    -- Nobody used the room, or nobody could. The gateway can tell which if it has heard from the store all along.
    if was_away or others > 0 and (clock_is_behind or unbroken_since > get('advanced')) then
      hold(0)
      set('cut_off', clock_is_behind and 1 or 0)
    end
  end
end
-- Tells whether the gateway was without the store before the hold, too, not only since it met the hold. If it made no
-- call of the room meanwhile, its heartbeats tell, but not on a cluster. What failed for the first time long after the
-- last advance() does not count: nobody was using the room, no number was lost, and none need be passed over when it
-- wakes.
local function was_cut_off()
  if me.reported == meta.held then
    return false
  end
  local in_use_until = get('since') + MOST_LOST
  return was_away
    or failing_for > 0 and now - failing_for < in_use_until
    or unbroken_since > get('since') and broken_after > 0 and broken_after < in_use_until
end
local function report_me()
  if get('hold') ~= 0 then
    if was_away then
      set('away', 1)
      set('failing', math.min(get('failing'), now - failing_for))
    end
    if was_cut_off() then
      raise('cut_off', 1)
    end
    raise('expected', live)
    if is_of_this_life and not has_to_hand_in then
      me.reported = meta.held
    end
  end
  save_me()
end

-- Tickets. A visitor who has two numbers keeps the lower one, or the one inside; the other ticket is pointed at it.
local function point(visitor, ticket, number)
  redis.call('HSET', visitors_of_today(), visitor .. '@' .. ticket, int(number))
end
local function pointed(visitor, number, stamp)
  local found = nil
  local at = look_in_generations(visitor .. '@' .. (number ~= 0 and int(number) or stamp))
  while at and at ~= found do
    found = at
    at = look_in_generations(visitor .. '@' .. int(found))
  end
  return found
end
-- Tells whether a number is another visitor's: two masters, each taken for the only one, give out the same numbers.
local function is_of_another(number, visitor)
  local guest = redis.call('HGET', guests, int(number))
  return guest and guest ~= visitor
end
-- Returns the number that a ticket stands for; 0 if it has to wait for the end of the hold. A gateway that hands in
-- late does not hold the room: its visitors go behind those who have come meanwhile.
local function take_ticket(visitor, number, stamp)
  local elsewhere = pointed(visitor, number, stamp)
  if elsewhere then
    return elsewhere
  end
  local mine = number_of(visitor)
  if number == 0 then
    if get('hold') ~= 0 then
      -- Even if the visitor has a number: another gateway may yet tell that it was given up before. The earliest
      -- stamp counts, whichever gateway tells it first.
      redis.call('ZADD', provisional, 'LT', stamp, visitor)
      touched[provisional] = true
      return 0
    end
    if not mine then
      mine = issue(visitor)
      redis.call('ZREM', provisional, visitor)
    end
    point(visitor, stamp, mine)
    hear(mine)
    return mine
  end
  learn_of(number)
  if is_gone(number) then
    return number
  end
  if is_of_another(number, visitor) then
    if not mine or mine == number then
      mine = issue(visitor)
    end
    point(visitor, int(number), mine)
    hear(mine)
    return mine
  end
  if mine == number then
    return number
  end
  local keep = number
  if mine then
    local other = math.max(mine, number)
    keep = math.min(mine, number)
    if stay_end(other) and not stay_end(keep) then
      keep, other = other, keep
    end
    set('doubled', get('doubled') + 1)
    forget(other)
    point(visitor, int(other), keep)
  end
  remember(visitor, keep)
  return keep
end

-- The end of a hold. Visitors who joined meanwhile get their numbers in the order in which they came. What could not
-- run out because nobody could answer is prolonged.
local function have_all_reported()
  local reported, awaited = 0, 0
  for _, one in ipairs(all_gateways()) do
    reported = reported + (one.reported == meta.held and 1 or 0)
    awaited = awaited + (one.reported ~= meta.held and was_advancing(one) and 1 or 0)
  end
  if get('lost') == 1 then
    return reported >= math.max(get('expected'), live)
  end
  return awaited == 0
end
-- Since when nobody could be answered. Before the first call that failed somebody could have been, but nobody used the
-- room. After a loss that call is not looked for.
local function unanswered_since()
  return get('lost') == 1 and get('since') or math.min(math.max(get('since'), get('failing')), now)
end
-- The clock of the liveness has stood still since the store went away.
local function stand_still()
  if get('lost') == 0 and get('away') == 1 and get('since') > 0 then
    set('stood', get('stood') + now - math.max(unanswered_since(), get('stilled')))
    set('stilled', now)
  end
end
local function is_stay_over(number)
  local ends = stay_end(number)
  return ends and ends <= now
end
local function number_the_provisional()
  local first = redis.call('ZPOPMIN', provisional, BATCH)
  for i = 1, #first, 2 do
    local visitor, stamp = first[i], int(tonumber(first[i + 1]))
    local number = number_of(visitor)
    if number and is_stay_over(number) then
      forget(number)
      number = nil
    end
    if not number then
      number = issue(visitor)
      set('numbered', get('numbered') + 1)
    end
    point(visitor, stamp, number)
    hear(number)
  end
end
local function forget_those_over()
  for _, number in ipairs(redis.call('ZRANGE', changes, 0, -1)) do
    if is_gone(tonumber(number)) then
      forget(tonumber(number))
    end
  end
end
local function count_overfull()
  -- A stay that is over takes nobody's place, even if it has yet to be ended.
  raise('overfull', redis.call('ZCOUNT', stays, '(' .. int(now), '+inf') - get('capacity'))
end
local function end_hold()
  if get('lost') == 1 or get('handed_in') == 1 then
    forget_those_over()
    count_overfull()
  end
  if get('since') > 0 and get('away') + get('lost') > 0 then
    local gap = now - unanswered_since()
    local flat = redis.call('HGETALL', claims)
    for i = 1, #flat, 2 do
      local claim = parse(tonumber(flat[i]), flat[i + 1])
      claim.heard = now
      claim.ready = claim.ready ~= 0 and claim.ready + gap or 0
      claim.knock = 0
      save(claim)
      note(claim.number)
    end
  end
  set('advanced', now)
  set('hold', 0)
  set('expected', 0)
end
-- The store was away, and a gateway is not back. What it knows may show that a failover has lost numbers.
local function pass_over_numbers_in_doubt()
  if get('lost') == 0 and get('cut_off') == 1 and not have_all_reported() then
    skip_to(get('issued') + MARGIN)
    set('cut_off', 2)
  end
end
local function try_to_end_hold()
  if get('hold') ~= 0 and (now >= get('hold') or have_all_reported()) then
    pass_over_numbers_in_doubt()
    -- First, so that visitors who get their numbers now count as heard from now.
    stand_still()
    number_the_provisional()
    if redis.call('ZCARD', provisional) == 0 then
      end_hold()
    else
      set('hold', now)
    end
  end
end
-- Returns the number that a signed token gives its visitor, if it is still the visitor's.
local function look_up(number, visitor)
  if number ~= 0 and get('lives') > 0 then
    local meant = take_ticket(visitor, number, '0')
    return not is_gone(meant) and meant or nil
  end
  local found = number_of(visitor)
  return found and (number == 0 or number == found) and found or nil
end

-- What has expired ends now or with the next calls. No stay ends during a hold, in which a gateway may yet tell of
-- its renewal. No claim ends during a hold or while the room is closed, because nobody could enter.
local function end_what_has_expired()
  if get('hold') == 0 then
    for _, number in ipairs(redis.call('ZRANGEBYSCORE', stays, '-inf', int(now), 'LIMIT', 0, MOST_AT_ONCE)) do
      count('freed', 1, stay_end(number))
      forget(tonumber(number))
    end
  end
  if now >= get('due') and not held and meta.mode ~= 'CLOSED' then
    for _, number in ipairs(redis.call('ZRANGEBYSCORE', claim_ends, '-inf', int(now), 'LIMIT', 0, MOST_AT_ONCE)) do
      local claim = claim_of(tonumber(number))
      if not claim then
        redis.call('ZREM', claim_ends, number)
      elseif not end_if_over(claim) then
        save(claim)
      end
    end
    set('due', tonumber(redis.call('ZRANGE', claim_ends, 0, 0, 'WITHSCORES')[2] or NEVER))
  end
end

local function finish(...)
  local fields = {}
  for name, value in pairs(changed) do
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if #fields > 0 then
    redis.call('HSET', meta_key, unpack(fields))
  end
  if changed.epoch then
    keep(meta_key)
  end
  keep_what_is_new()
  return {
    {
      held and 'HOLD' or 'OPEN', int(now), meta.epoch, int(get('began')), meta.life, int(me.calls), int(get('lives')),
      int(get('revision')),
    },
    ...
  }
end

-- What every call does first.
do
  local advanced = set_clock_back()
  notice_loss()
  count_the_call()
  notice_absence(advanced)
end
report_me()
turn_generation()
try_to_end_hold()
held = get('hold') ~= 0 or not is_of_this_life
end_what_has_expired()
