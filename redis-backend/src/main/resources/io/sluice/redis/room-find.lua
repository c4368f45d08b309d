-- Returns a visitor's place. ARGV visitor.
if held then
  return finish()
end
return finish(place(number_of(ARGV[OWN + 1])))
