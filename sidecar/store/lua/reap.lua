-- ARGV: key prefix, time (RFC 3339), how many, silence ms, grace ms. Takes runs away from owners whose lease ran out; wakes parked runs that are due.
-- Answers {taken away, woken, bells to ring}.
local prefix, now = ARGV[1], now_ms()
local taken, woken = 0, 0
-- When nobody has reaped for a while, nobody could beat either: Redis was away, or all of this host slept. Those who live beat first; until then only
-- runs that were freed on purpose (score 0) are taken.
local last = number(KEYS[5], 'reaped')
if last > 0 and now - last > tonumber(ARGV[4]) then redis.call('HSET', KEYS[5], 'grace_until', now + tonumber(ARGV[5])) end
redis.call('HSET', KEYS[5], 'reaped', now)
local ran_out = now < number(KEYS[5], 'grace_until') and 0 or now
local function on(run)
  KEYS[1] = prefix .. 'run:' .. run KEYS[2] = prefix .. 'journal:' .. run KEYS[3] = prefix .. 'events:' .. run
  local lane = redis.call('HGET', KEYS[1], 'lane') or ''
  KEYS[6] = prefix .. 'agent:' .. (redis.call('HGET', KEYS[1], 'agent') or '')
  KEYS[8] = prefix .. 'held:' .. lane KEYS[10] = prefix .. 'lane:' .. lane
  return lane
end
for _, run in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ran_out, 'LIMIT', 0, ARGV[3])) do
  local lane = on(run)
  local state = redis.call('HGET', KEYS[1], 'state')
  if state == 'running' then
    let_go(run)
    redis.call('HSET', KEYS[1], 'state', 'queued', 'idle_ms', now)
    emit({cjson.encode({type = 'run_queued', time = ARGV[2], data = {attempt = number(KEYS[1], 'attempt'), generation = number(KEYS[1], 'generation'), reason = 'worker_lost'}})}, run, now)
    enqueue(lane, run, true, now)
    taken = taken + 1
  else
    redis.call('ZREM', KEYS[4], run)
  end
end
for _, run in ipairs(redis.call('ZRANGEBYSCORE', KEYS[11], '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local lane = on(run)
  redis.call('ZREM', KEYS[11], run)
  local what = redis.call('HGET', KEYS[1], 'waiting_for')
  if redis.call('HGET', KEYS[1], 'state') == 'waiting' and what ~= 'approval' then
    redis.call('HSET', KEYS[1], 'state', 'queued') redis.call('HDEL', KEYS[1], 'waiting_for')
    redis.call('HSETNX', KEYS[1], 'idle_ms', now)
    emit({cjson.encode({type = 'run_resumed', time = ARGV[2], data = {after = what}})}, run, now)
    enqueue(lane, run, false, now)
    woken = woken + 1
  elseif what == 'approval' then
    redis.call('SADD', KEYS[5] .. ':expired', run)
  end
end
-- Only driven runs have a lease, so that a lost worker's runs do not wait behind thousands of queued ones. For those, a lane with work rings.
return {taken, woken, redis.call('ZCARD', KEYS[9]) > 0 and 1 or 0}
