-- Calls a waiting visitor now, before those who are ahead; the cursor stays where it is, and passes over the number later.
-- ARGV 9 number or 0, 10 visitor. Returns the place.
local number = look_up(tonumber(ARGV[9]), ARGV[10])
if number and not stay_end(number) and not claim_of(number) then
  if meta.mode == 'CLOSED' then
    return finish({ 'CLOSED', int(number), '0', meta.epoch })
  end
  redis.call('ZREM', late, int(number))
  save({ number = number, visitor = '', called = now, heard = now, ready = 0, knock = 0, left = 0, came = false, answered = false })
end
return finish(place(number))
