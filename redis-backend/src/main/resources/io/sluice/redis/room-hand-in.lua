-- Takes in what a gateway knows after the store has lost something, or what happened while it was away. Merging is
-- idempotent: any gateway may hand in anything any number of times, in any order. Keys: see room.lua.
-- ARGV -1 if there are more parts, else the revision up to which an earlier call of the last part has looked through
--      stays and claims for those that are over, 0 at first; when the gateway last had a snapshot; served; when the
--      room was last configured, capacity, mode; the base of the bitmaps that follow; the bitmap of numbers heard
--      from; that of numbers that are over; then records of four:
--      S number visitor end (inside), C number called ready (called), F number end 0 (its stay ended early),
--      J visitor number 0 (joined),
--      P visitor time 0 (joined while the store was away),
--      L number-or-0 visitor highest (left while the store was away; without a number, one up to the highest is meant).
--      For a visitor who has left and joined again, the L comes first.
-- Returns nothing of its own, unless there is more to do than one call may. Then it returns the revision up to which it
-- has looked at stays and claims, and the last part has to be sent again.
-- Cost: 1 call for an F, 6 for a P, 8 for a J, 8 for a C, 11 for an L and 19 for an S; for what is known already one
-- for a J or C and two for an S. Bitmaps are merged by BITOP. The last part of a gateway that comes late looks at 500
-- stays and claims; ending one takes eight calls.
local HEARD, OVER, RECORDS = OWN + 7, OWN + 9, OWN + 10
-- Returns the highest number of a bitmap, whose last byte is never 0; nil if there is none.
local function highest_of(base, bitmap)
  for at = 7, 0, -1 do
    if bit.band(string.byte(bitmap, -1) or 0, bit.rshift(128, at)) ~= 0 then
      return base + (#bitmap - 1) * 8 + at
    end
  end
end
local foreign = known and known.epoch ~= meta.epoch
if not foreign then
  if get('lost') == 1 then
    raise('since', tonumber(ARGV[OWN + 2]))
  end
  raise('served', tonumber(ARGV[OWN + 3]))
  raise('doubtful', tonumber(ARGV[OWN + 3]))
  -- A gateway of this life knows of no number that the room does not. The highest that it knows may end a gap.
  if not is_of_this_life then
    learn_of_all(known.issued, known.gaps)
    skip_to(known.issued + MARGIN)
    raise('revision', known.revision)
  end
  if tonumber(ARGV[OWN + 4]) > get('configured') then
    set('configured', ARGV[OWN + 4])
    set('capacity', ARGV[OWN + 5])
    change_mode(ARGV[OWN + 6])
  end
  local its_base = tonumber(ARGV[HEARD])
  raise_base(its_base)
  merge(open_slice(), its_base / 8, ARGV[HEARD + 1])
  merge(gone, its_base / 8, ARGV[OVER])
  local heard = highest_of(its_base, ARGV[HEARD + 1])
  if heard then
    -- Of a number that was given out through another gateway, only its ticket may have told.
    learn_of(heard)
  end
end

-- What is known already costs little and is told to nobody, because many gateways hand in the same.
local function is_known(number, visitor, ends)
  return (stay_end(number) or 0) >= ends and redis.call('HGET', guests, int(number)) == visitor
end
local take = {}
function take.S(number, visitor, ends)
  number, ends = tonumber(number), tonumber(ends)
  if foreign then
    -- This room began anew because nobody had told it of the other one: a visitor inside there is inside here.
    if ends > now and not number_of(visitor) then
      let_in(issue(visitor), visitor, ends)
    end
  elseif ends <= now and get('hold') == 0 then
    -- The stay may have been renewed through another gateway since.
    if (stay_end(number) or 0) <= now then
      forget(number)
    end
  elseif not is_known(number, visitor, ends) and not is_gone(number) then
    -- During a hold even a stay that is over is taken: another gateway may yet bring a later end.
    local kept = take_ticket(visitor, number, '0')
    if not is_gone(kept) and not is_known(kept, visitor, ends) then
      let_in(kept, visitor, math.max(ends, stay_end(kept) or 0))
    end
  end
end
function take.C(number, called, ready)
  number = tonumber(number)
  if not foreign and not claim_of(number) and not is_gone(number) and not stay_end(number) then
    call(number, tonumber(called), tonumber(ready))
  end
end
function take.F(number, ends)
  if not foreign and tonumber(ends) > now then
    note_freed(tonumber(number), tonumber(ends))
  end
end
function take.J(visitor, number)
  if not foreign and look_in_generations(visitor) ~= tonumber(number) then
    take_ticket(visitor, tonumber(number), '0')
  end
end
function take.P(visitor, stamp)
  take_ticket(visitor, 0, stamp)
end
function take.L(number, visitor, highest)
  number = tonumber(number)
  if foreign or number == 0 then
    -- The numbers of another room are somebody else's here.
    local mine = number_of(visitor)
    number = mine and (foreign or mine <= tonumber(highest)) and mine
  elseif not held then
    number = look_up(number, visitor)
  elseif is_of_another(number, visitor) then
    number = take_ticket(visitor, number, '0')
  end
  if number and (stay_end(number) or not is_gone(number)) then
    give_up(number)
  end
end
for i = RECORDS, #ARGV, 4 do
  take[ARGV[i]](ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
end
if held and get('hold') == 0 then
  -- The gateway is late. During the hold others may yet tell who has left, so the count is made at the end of the
  -- hold.
  count_overfull()
end
-- Ends what is over of the stays and claims changed after a revision. Returns the revision to go on from if there are
-- more than one call may look at.
local function forget_a_page_of_those_over(after)
  local page = redis.call('ZRANGEBYSCORE', changes, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, MOST_AT_ONCE)
  for i = 1, #page, 2 do
    if is_gone(tonumber(page[i])) then
      forget(tonumber(page[i]))
    end
  end
  return #page == 2 * MOST_AT_ONCE and page[#page]
end
if ARGV[OWN + 1] ~= '-1' then
  if not is_of_this_life then
    -- What the gateway knows to be over is over: at the end of the hold, also of one without a loss, or now if the
    -- gateway comes after it.
    if get('hold') ~= 0 then
      set('handed_in', 1)
    else
      local looked_through = forget_a_page_of_those_over(ARGV[OWN + 1])
      if looked_through then
        return finish({ looked_through })
      end
    end
  end
  me.reported = meta.held or ''
  save_me()
  if get('hold') ~= now then
    try_to_end_hold()
  end
  if get('hold') == now then
    -- All gateways have reported, but not all visitors who came meanwhile have their numbers.
    return finish({ '0' })
  end
end
return finish()
