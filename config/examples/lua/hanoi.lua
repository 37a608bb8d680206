local pegs = { { 4, 3, 2, 1 }, {}, {} }

local function draw()
  for level = 4, 1, -1 do
    local line = ""
    for _, peg in ipairs(pegs) do
      local disc = ("="):rep((peg[level] or 0) * 2 - 1)
      line = line .. (" "):rep((9 - #disc) // 2) .. (disc == "" and "|" or disc) .. (" "):rep((9 - #disc) // 2)
    end
    print(line)
  end
  print(("-"):rep(27))
end

local function move(count, from, to, by)
  if count == 0 then return end
  move(count - 1, from, by, to)
  table.insert(pegs[to], table.remove(pegs[from]))
  draw()
  move(count - 1, by, to, from)
end

draw()
move(4, 1, 3, 2)
