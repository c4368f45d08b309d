-- Gives up a place. ARGV number or 0, visitor. Returns the place that was given up.
if held then
  return finish()
end
local number = look_up(tonumber(ARGV[OWN + 1]), ARGV[OWN + 2])
local given_up = place(number)
if number then
  give_up(number)
end
return finish(given_up)
