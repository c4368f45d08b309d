-- Gives up a place. Keys: see room.lua. ARGV number or 0, visitor. Returns the place that was given up.
-- Cost: 15 to 21 calls, 2 for a visitor without a place; each O(log n) or better in those inside or called.
if held then
  return finish()
end
local number = look_up(tonumber(ARGV[OWN + 1]), ARGV[OWN + 2])
local given_up = place(number)
if number then
  give_up(number)
end
return finish(given_up)
