longest=''
while read -r line; do
  (( ${#line} > ${#longest} )) && longest=$line
done
echo "The longest line has ${#longest} characters:"
echo "$longest"
