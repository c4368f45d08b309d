-- Gives a visitor a number, or finds the one the visitor has.
-- ARGV 9 visitor, 10 straight in: 1 or 0. Returns the place. Cost: about 10 calls; a join of a new visitor sets one
-- field and one bit.
local visitor, straight_in = ARGV[9], ARGV[10] == '1'
local number = number_of(visitor)
if not number then
  if meta.mode == 'CLOSED' then
    return finish({ 'CLOSED', '0', '0', meta.epoch })
  end
  number = get('issued') + 1
  set('issued', number)
  redis.call('HSET', KEYS[7 + generation % 2], visitor, int(number))
  redis.call('SETBIT', gone, number, 0)
end
hear(number)
local ends, claim = stay_end(number), claim_of(number)
if claim then
  claim.heard = now
  save(claim)
elseif not ends and number <= get('served') then
  redis.call('ZADD', late, number, int(number))
end

local function may_go_straight_in()
  if ends then
    return false
  end
  if claim then
    return meta.mode ~= 'CLOSED' and is_place_left(number)
  end
  if meta.mode ~= 'OPEN' or free_places() <= redis.call('HLEN', claims) then
    return false
  end
  local first = redis.call('ZRANGE', late, 0, 0)[1]
  if first and tonumber(first) < number then
    return false
  end
  for ahead = get('served') + 1, number - 1 do
    if is_alive(ahead) and not is_gone(ahead) and not stay_end(ahead) and not claim_of(ahead) then
      return false
    end
  end
  return true
end

if straight_in and may_go_straight_in() then
  -- Whoever was called out of turn leaves the cursor where it is.
  if not claim then
    move_cursor(number)
  end
  let_in(number)
end
return finish(place(number))
