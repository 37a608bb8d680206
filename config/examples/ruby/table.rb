require 'json'

people = JSON.parse($stdin.read)
width = people.map { |person| person['name'].length }.max
people.sort_by { |person| -person['age'] }.each do |person|
  puts "#{person['name'].ljust(width)}  #{person['age']}"
end
