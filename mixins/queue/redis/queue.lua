-- Begins every script of a queue. KEYS[1] names the queue; all its keys share that hash tag, so that a cluster keeps
-- them together:
--   job:<id>      hash: payload, priority, attempts, entry; token and worker while it is leased
--   ready:<p>     stream of priority p, group "workers": one entry for every job that waits or runs, in order of arrival
--   returned:<p>  jobs of p that were handed out and came back, by their entry: they have kept their place
--   levels        the priorities in use
--   memory        names what the server remembers: another name, or none, means that it has lost what was here before
--   adopted       jobs that run without an entry: they were handed out before the server lost its memory
--   leases        jobs that run, by the time at which their lease ends
--   delayed       jobs without an entry, by the time at which they are due
--   dead, graves  stream of buried jobs; id -> entry in it
--   bell          stream of one entry: whoever waits looks again when there is another
-- Time is the server's, so that workers need not agree on it.
local queue = KEYS[1]
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function key(name) return queue .. ':' .. name end
local function job(id) return queue .. ':job:' .. id end
local function ready(priority) return queue .. ':ready:' .. priority end
local function returned(priority) return queue .. ':returned:' .. priority end

local function levels() return call('ZRANGE', key('levels'), 0, -1) end

local function ring() call('XADD', key('bell'), 'MAXLEN', 1, '*', 'at', now) end

local function holds(id, token) return call('HGET', job(id), 'token') == token end

-- Puts a job at the end of its priority.
local function enqueue(id, priority)
  if call('ZADD', key('levels'), 'NX', priority, priority) == 1 then
    call('XGROUP', 'CREATE', ready(priority), 'workers', 0, 'MKSTREAM')
  end
  local entry = call('INCR', key('arrivals'))
  call('XADD', ready(priority), entry .. '-0', 'id', id)
  call('HSET', job(id), 'entry', entry)
end

local function create(id, payload, priority)
  call('HSET', job(id), 'payload', payload, 'priority', priority, 'attempts', 0)
end

-- Takes a job out of line, wherever it stands.
local function leave(id)
  local place = call('HMGET', job(id), 'priority', 'entry')
  if place[2] then
    call('XACK', ready(place[1]), 'workers', place[2])
    call('XDEL', ready(place[1]), place[2])
    call('ZREM', returned(place[1]), id)
  end
  call('SREM', key('adopted'), id)
  call('ZREM', key('leases'), id)
  call('ZREM', key('delayed'), id)
  call('HDEL', job(id), 'entry', 'token', 'worker')
end

-- Ends a lease; the job is ready again, in its old place.
local function give_back(id)
  local place = call('HMGET', job(id), 'priority', 'entry')
  call('ZREM', key('leases'), id)
  call('HDEL', job(id), 'token', 'worker')
  if call('SREM', key('adopted'), id) == 1 then
    enqueue(id, place[1])
  else
    call('ZADD', returned(place[1]), place[2], id)
  end
end

-- How many jobs wait or run.
local function in_line()
  local jobs = call('SCARD', key('adopted'))
  for _, level in ipairs(levels()) do jobs = jobs + call('XLEN', ready(level)) end
  return jobs
end
