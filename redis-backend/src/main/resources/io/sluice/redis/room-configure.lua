-- Changes capacity and mode, also during a hold.
-- Keys: see room.lua. ARGV capacity, mode; an empty one leaves the value as it is. Returns nothing of its own.
-- Cost: no calls of its own.
if ARGV[OWN + 1] ~= '' then
  set('capacity', ARGV[OWN + 1])
end
if ARGV[OWN + 2] ~= '' then
  change_mode(ARGV[OWN + 2])
end
-- The later of two changes has the later time, also after the clock was set back.
set('configured', math.max(now, get('configured') + 1))
return finish({})
