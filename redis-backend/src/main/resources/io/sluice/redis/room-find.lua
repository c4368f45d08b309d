-- Returns a visitor's place. ARGV 9 visitor.
return finish(place(number_of(ARGV[9])))
