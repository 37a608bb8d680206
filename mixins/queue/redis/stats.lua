local running = call('ZCOUNT', key('leases'), '(' .. now, '+inf')
local delayed = call('ZCOUNT', key('delayed'), '(' .. now, '+inf')
local due = call('ZCARD', key('delayed')) - delayed
return { in_line() - running + due, delayed, running, call('XLEN', key('dead')) }
