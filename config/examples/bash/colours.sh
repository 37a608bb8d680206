for code in {31..36}; do
  printf '\e[%dmcolour %d\e[0m\n' "$code" "$code"
  sleep 0.1
done
