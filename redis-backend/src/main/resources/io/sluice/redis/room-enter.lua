-- Turns a claim into a stay if a place is free for this number; otherwise the number knocks.
-- Keys: see room.lua. ARGV number, visitor. Returns the place: READY if no place is free yet.
-- Cost: 17 to 21 calls for a visitor with a claim, else at most 8; each O(log n) or better in those inside or called.
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
-- More claims may have expired than one call ends.
if not end_if_over(claim) then
  come_to_the_door(claim, visitor)
end
return finish(place(number))
