-- Changes capacity and mode. ARGV 9 capacity, 10 mode.
set('capacity', ARGV[9])
set('mode', ARGV[10])
return finish({})
