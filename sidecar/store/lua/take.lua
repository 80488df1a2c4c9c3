-- ARGV: key prefix, owner, nonce, lease ms, lanes to look at, time (RFC 3339), worker facts (json), site cap (0: none)
-- Takes the next run of the lane with the smallest virtual time that has work and room, and claims it. Answers {run, fence, job, fallback, journal, saved, answers} or false.
if redis.call('HGET', KEYS[5], 'stop') == '1' then return false end
local prefix, now = ARGV[1], now_ms()
if tonumber(ARGV[8]) > 0 and redis.call('SCARD', KEYS[5] .. ':held') >= tonumber(ARGV[8]) then return false end
for _, lane in ipairs(redis.call('ZRANGE', KEYS[9], 0, tonumber(ARGV[5]) - 1)) do
  local list, held = prefix .. 'lane:' .. lane, prefix .. 'held:' .. lane
  local cap = number(KEYS[5], 'cap:' .. lane)
  if cap == 0 or redis.call('SCARD', held) < cap then
    local run = redis.call('LPOP', list)
    while run and redis.call('HGET', prefix .. 'run:' .. run, 'state') ~= 'queued' do run = redis.call('LPOP', list) end
    local at = tonumber(redis.call('ZSCORE', KEYS[9], lane)) or 0
    if run then
      at = at + 1 / math.max(1, number(KEYS[5], 'weight:' .. lane))
      redis.call('HSET', KEYS[5], 'clock', at)
    end
    if redis.call('LLEN', list) == 0 then
      redis.call('ZREM', KEYS[9], lane) redis.call('HSET', KEYS[5], 'lane:' .. lane, at)
    else
      redis.call('ZADD', KEYS[9], at, lane)
    end
    if run then
      KEYS[1] = prefix .. 'run:' .. run KEYS[2] = prefix .. 'journal:' .. run KEYS[3] = prefix .. 'events:' .. run
      local claims = redis.call('HINCRBY', KEYS[1], 'claims', 1)
      local attempt = redis.call('HGET', KEYS[1], 'attempt')
      local fence = attempt .. '.' .. claims .. '.' .. ARGV[3]
      redis.call('HSET', KEYS[1], 'state', 'running', 'fence', fence, 'owner', ARGV[2])
      redis.call('HDEL', KEYS[1], 'waiting_for')
      local first = redis.call('HSETNX', KEYS[1], 'started_ms', now) == 1
      local idle = number(KEYS[1], 'idle_ms') -- since when it has been neither driven nor waiting for a retry
      if idle > 0 and not first then redis.call('HINCRBY', KEYS[1], 'excluded_ms', now - idle) end
      redis.call('HDEL', KEYS[1], 'idle_ms')
      redis.call('SADD', held, run)
      redis.call('SADD', KEYS[5] .. ':held', run)
      redis.call('ZADD', KEYS[4], now + tonumber(ARGV[4]), run)
      local data = cjson.decode(ARGV[7])
      data.worker = ARGV[2] data.attempt = tonumber(attempt) data.generation = number(KEYS[1], 'generation')
      data.resumed = claims > 1 or number(KEYS[1], 'seq') > 1
      data.restored_units = redis.call('HLEN', KEYS[2])
      data.from_step = tonumber(redis.call('HGET', KEYS[1], 'from_step') or nil)
      data.agent_hash = redis.call('HGET', KEYS[1], 'agent_hash') or nil
      emit({cjson.encode({type = 'run_started', time = ARGV[6], data = data})}, run, now)
      -- All that its driver needs, in one answer.
      return {run, fence, redis.call('HGET', KEYS[1], 'job'), redis.call('HGET', KEYS[1], 'fallback'), redis.call('HGETALL', KEYS[2]),
        redis.call('SMEMBERS', prefix .. 'saved:' .. run), redis.call('HGETALL', prefix .. 'answers:' .. run)}
    end
  end
end
return false
