-- Takes the next run of the lane with the smallest virtual time that has work and room, and claims it.
-- Document: prefix (of keys), owner, nonce, lease_ms, lanes (how many are looked at), time (RFC 3339), facts (of the worker), cap (of the site; 0: none).
-- Answers {run, fence, job, fallback, journal, saved, answers} or false.

-- The run, and all that its driver needs, in one answer.
local function claim(own, run, now)
  local claims = redis.call('HINCRBY', own.run, 'claims', 1)
  local attempt = redis.call('HGET', own.run, 'attempt')
  local fence = attempt .. '.' .. claims .. '.' .. given.nonce
  redis.call('HSET', own.run, 'state', 'running', 'fence', fence, 'owner', given.owner)
  redis.call('HDEL', own.run, 'waiting_for', 'woken') -- it looks now at what it was told of
  local first = redis.call('HSETNX', own.run, 'started_ms', now) == 1
  local idle = number(own.run, 'idle_ms') -- since when it has been neither driven nor waiting for a retry
  if idle > 0 and not first then redis.call('HINCRBY', own.run, 'excluded_ms', now - idle) end
  redis.call('HDEL', own.run, 'idle_ms')
  redis.call('SADD', own.held, run)
  redis.call('SADD', own.site .. ':held', run)
  redis.call('ZADD', own.leases, now + given.lease_ms, run)
  local data = given.facts
  data.worker, data.attempt, data.generation = given.owner, tonumber(attempt), number(own.run, 'generation')
  data.resumed = claims > 1 or number(own.run, 'seq') > 1
  data.restored_units = redis.call('HLEN', own.journal)
  data.from_step = tonumber(redis.call('HGET', own.run, 'from_step') or nil)
  data.agent_hash = redis.call('HGET', own.run, 'agent_hash') or nil
  emit(own, {cjson.encode({type = 'run_started', time = given.time, data = data})}, run, now)
  return {run, fence, redis.call('HGET', own.run, 'job'), redis.call('HGET', own.run, 'fallback'), redis.call('HGETALL', own.journal),
    redis.call('SMEMBERS', own.saved), redis.call('HGETALL', answers_key(own))}
end

if redis.call('HGET', keys.site, 'stop') == '1' then return false end
local prefix, now = given.prefix, now_ms()

local function queued(run)
  return redis.call('HGET', prefix .. 'run:' .. run, 'state') == 'queued'
end

-- So many are passed over in one call, where a run of low priority had kept them at the head; the next call goes on.
local PASSED = 1000

-- The run at the head of a lane's list, behind what is queued no more, and behind `taken`. Each is passed over once.
local function head_of(list, taken)
  local run, passed = redis.call('LINDEX', list, 0), 0
  while run and passed < PASSED and (run == taken or not queued(run)) do
    redis.call('LPOP', list)
    run, passed = redis.call('LINDEX', list, 0), passed + 1
  end
  return run
end

-- The run of the lowest rank leaves the lane; first those that an older release queued, which gave them none.
local function pop(list)
  local ranks, head = ranks_key(list), head_of(list)
  local run = head
  if head and (redis.call('ZSCORE', ranks, head) or not queued(head)) then
    repeat run = redis.call('ZPOPMIN', ranks)[1] until not run or queued(run)
  end
  if not head_of(list, run) then redis.call('DEL', ranks) end
  return run
end

if given.cap > 0 and redis.call('SCARD', keys.site .. ':held') >= given.cap then return false end
for _, lane in ipairs(redis.call('ZRANGE', keys.lanes, 0, given.lanes - 1)) do
  local list, held = prefix .. 'lane:' .. lane, prefix .. 'held:' .. lane
  local cap = number(keys.site, 'cap:' .. lane)
  if cap == 0 or redis.call('SCARD', held) < cap then
    local run = pop(list)
    local at = tonumber(redis.call('ZSCORE', keys.lanes, lane)) or 0
    if run then
      at = at + 1 / math.max(1, number(keys.site, 'weight:' .. lane))
      redis.call('HSET', keys.site, 'clock', at)
    end
    if redis.call('LLEN', list) == 0 then
      redis.call('ZREM', keys.lanes, lane) redis.call('HSET', keys.site, 'lane:' .. lane, at)
    else
      redis.call('ZADD', keys.lanes, at, lane)
    end
    if run then return claim(keys_of(keys, prefix, run), run, now) end
  end
end
return false
