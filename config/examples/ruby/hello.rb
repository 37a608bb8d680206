name = 'world'
puts "Hello, #{name}!"
