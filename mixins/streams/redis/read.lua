local from, most = ARGV[1] + 1, tonumber(ARGV[2])
if call('EXISTS', key('ends')) == 0 then return false end

local chunks, bytes = {}, 0
repeat
  local entries = call('XRANGE', key('pieces'), from, '+', 'COUNT', 16)
  for _, entry in ipairs(entries) do
    local fields = entry[2]
    chunks[#chunks + 1] = { from, fields[2], tonumber(fields[4]), tonumber(fields[6]), fields[8] }
    from = from + 1
    bytes = bytes + #fields[8]
    if bytes >= most then return chunks end
  end
until #entries < 16
return chunks
