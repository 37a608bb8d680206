-- Begins every script of a lease. KEYS[1] is a hash, holder and token, that is gone when the lease is over;
-- KEYS[1]:last is the token of the latest grant.
local lease = KEYS[1]
local call = redis.call
local function holds(token) return call('HGET', lease, 'token') == token end
