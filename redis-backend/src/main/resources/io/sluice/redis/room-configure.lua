-- Changes capacity and mode, also during a hold. ARGV capacity, mode.
set('capacity', ARGV[OWN + 1])
change_mode(ARGV[OWN + 2])
set('configured', now)
return finish({})
