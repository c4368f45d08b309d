-- Starts a stay anew if the room allows it. Keys: see room.lua. ARGV number or 0, visitor. Returns the place.
-- Cost: 7 or 8 calls if it does, else at most 8; each O(log n) or better in those inside.
if held then
  return finish()
end
local number = look_up(tonumber(ARGV[OWN + 1]), ARGV[OWN + 2])
if renewable and number and stay_end(number) then
  redis.call('ZADD', stays, int(now + stay), int(number))
  note(number)
end
return finish(place(number))
