alive = [[1, 0], [2, 1], [0, 2], [1, 2], [2, 2]]

6.times do |generation|
  puts "generation #{generation}"
  8.times { |y| puts (0...16).map { |x| alive.include?([x, y]) ? '#' : '.' }.join }
  neighbours = alive.flat_map do |x, y|
    [-1, 0, 1].product([-1, 0, 1]).reject { |step| step == [0, 0] }.map { |dx, dy| [x + dx, y + dy] }
  end
  alive = neighbours.tally.select { |cell, count| count == 3 || (count == 2 && alive.include?(cell)) }.keys
end
