-- Starts a stay anew if the room allows it. ARGV 9 number or 0, 10 visitor. Returns the place.
local number = look_up(tonumber(ARGV[9]), ARGV[10])
if renewable and number and stay_end(number) then
  redis.call('ZADD', stays, int(now + stay), int(number))
end
return finish(place(number))
