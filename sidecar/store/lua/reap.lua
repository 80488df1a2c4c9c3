-- Takes runs away from owners whose lease ran out; wakes parked runs that are due.
-- Document: prefix (of keys), time (RFC 3339), most (of each kind), silence_ms, grace_ms. Answers {taken away, woken, whether a bell is to ring}.
local now, taken, woken = now_ms(), 0, 0
-- When nobody has reaped for a while, nobody could beat either: Redis was away, or all of this host slept. Those who live beat first; until then only
-- runs that were freed on purpose (score 0) are taken.
local last = number(keys.site, 'reaped')
if last > 0 and now - last > given.silence_ms then redis.call('HSET', keys.site, 'grace_until', now + given.grace_ms) end
redis.call('HSET', keys.site, 'reaped', now)
local ran_out = now < number(keys.site, 'grace_until') and 0 or now
for _, run in ipairs(redis.call('ZRANGEBYSCORE', keys.leases, '-inf', ran_out, 'LIMIT', 0, given.most)) do
  local own, lane = keys_of(keys, given.prefix, run)
  if redis.call('HGET', own.run, 'state') == 'running' then
    let_go(own, run)
    redis.call('HSET', own.run, 'state', 'queued', 'idle_ms', now)
    local data = {attempt = number(own.run, 'attempt'), generation = number(own.run, 'generation'), reason = 'worker_lost'}
    emit(own, {cjson.encode({type = 'run_queued', time = given.time, data = data})}, run, now)
    enqueue(own, lane, run, true, now)
    taken = taken + 1
  else
    redis.call('ZREM', keys.leases, run)
  end
end
for _, run in ipairs(redis.call('ZRANGEBYSCORE', keys.parked, '-inf', now, 'LIMIT', 0, given.most)) do
  local own, lane = keys_of(keys, given.prefix, run)
  redis.call('ZREM', keys.parked, run)
  local what = redis.call('HGET', own.run, 'waiting_for')
  if redis.call('HGET', own.run, 'state') == 'waiting' and what ~= 'approval' then
    redis.call('HSET', own.run, 'state', 'queued') redis.call('HDEL', own.run, 'waiting_for')
    redis.call('HSETNX', own.run, 'idle_ms', now)
    emit(own, {cjson.encode({type = 'run_resumed', time = given.time, data = {after = what}})}, run, now)
    enqueue(own, lane, run, false, now)
    woken = woken + 1
  elseif what == 'approval' then
    redis.call('SADD', keys.site .. ':expired', run) -- what becomes of it is no matter of this script
  end
end
-- Only driven runs have a lease, so that a lost worker's runs do not wait behind thousands of queued ones. For those, a lane with work rings.
return {taken, woken, redis.call('ZCARD', keys.lanes) > 0 and 1 or 0}
