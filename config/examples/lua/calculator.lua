-- Works out lines such as "2 * (3 + 4)"; the first argument is the number of decimals.
local format = "%s = %." .. (arg[1] or "2") .. "f"

for line in io.lines() do
  local term = load("return " .. line, "term", "t", math)
  local ok, value = pcall(term or error)
  if ok and tonumber(value) then
    print(format:format(line, value))
  else
    print(line .. " cannot be worked out")
  end
end
