-- Turns a claim into a stay if a place is free for this number; otherwise the number knocks.
-- ARGV number, visitor. Returns the place: CALLED if no place is free yet.
if held then
  return finish()
end
local visitor = ARGV[OWN + 2]
local number = look_up(tonumber(ARGV[OWN + 1]), visitor)
local claim = number and claim_of(number)
if not claim then
  return finish(place(number))
end
if meta.mode == 'CLOSED' then
  return finish({ 'CLOSED', int(number), '0' })
end
if not claim.came then
  claim.came = true
  local delay = math.max(100000, math.min(now - claim.called, FRESH))
  set('delay', get('delay') + 0.1 * (delay - get('delay')))
  count('came', 1, now)
  answered(claim)
end
claim.heard = now
tell(claim)
if is_place_left(number) then
  let_in(number, visitor, now + stay)
else
  if claim.knock == 0 then
    claim.left = claim.ready - now
  end
  claim.knock = now + KNOCK_LEASE
  -- The time of knocking does not count: what was left of the claim is still left.
  claim.ready = now + claim.left
  save(claim)
  note(number)
end
return finish(place(number))
