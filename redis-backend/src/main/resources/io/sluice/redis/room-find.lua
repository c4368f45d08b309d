-- Returns a visitor's place. Keys: see room.lua. ARGV visitor.
-- Cost: 2 to 7 calls; each O(log n) or better in those inside.
if held then
  return finish()
end
return finish(place(number_of(ARGV[OWN + 1])))
