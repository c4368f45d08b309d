-- Gives up a place. ARGV 9 number or 0, 10 visitor. Returns the place that was given up.
local number = look_up(tonumber(ARGV[9]), ARGV[10])
local given_up = place(number)
if number then
  local ends = stay_end(number)
  if ends then
    set('revision', get('revision') + 1)
    redis.call('ZADD', freed, get('revision'), int(number) .. '|' .. int(ends))
    count('freed', 1, now)
  end
  forget(number)
end
return finish(given_up)
