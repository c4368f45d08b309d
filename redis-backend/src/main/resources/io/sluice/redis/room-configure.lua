-- Changes capacity and mode, also during a hold. ARGV capacity, mode.
set('capacity', ARGV[OWN + 1])
set('mode', ARGV[OWN + 2])
set('configured', now)
return finish({})
