name=world
echo "Hello, $name!"
