-- Starts a stay anew if the room allows it. ARGV number or 0, visitor. Returns the place.
if held then
  return finish()
end
local number = look_up(tonumber(ARGV[OWN + 1]), ARGV[OWN + 2])
if renewable and number and stay_end(number) then
  redis.call('ZADD', stays, int(now + stay), int(number))
  note(number)
end
return finish(place(number))
