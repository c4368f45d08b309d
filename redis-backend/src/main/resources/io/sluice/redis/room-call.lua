-- Calls a waiting visitor now, before those ahead. The cursor stays where it is, and passes the number later.
-- Keys: see room.lua. ARGV number or 0, visitor. Returns the place.
-- Cost: 16 or 17 calls if the number is called, else at most 9; each O(log n) or better in those inside or called.
if held then
  return finish()
end
local number = look_up(tonumber(ARGV[OWN + 1]), ARGV[OWN + 2])
if number and not stay_end(number) and not claim_of(number) then
  if meta.mode == 'CLOSED' then
    return finish({ 'CLOSED', int(number), '0' })
  end
  call(number, now, 0)
end
return finish(place(number))
