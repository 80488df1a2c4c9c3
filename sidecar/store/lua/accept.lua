-- ARGV: run, job, attempt, generation, last_seq, lane, weight, lane cap, state, waiting_for, fields (json map), units (json map), events (json list), due_ms, budgets of a day: site's cost, tokens, agent's cost, tokens (0: none),
-- answers of people (json map)
-- Answers {attempt, is_new, state}. Accepting twice is harmless; a returning run (Redis lost, or rolled back behind Drupal) is rebuilt.
-- The answers come first: who takes the run now must know them.
for id, answer in pairs(cjson.decode(ARGV[19])) do redis.call('HSET', answers_key(), id, answer) end
local run, attempt, generation, last_seq, lane = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local now = now_ms()
local known = redis.call('EXISTS', KEYS[1]) == 1
if known and number(KEYS[1], 'generation') > generation then return {number(KEYS[1], 'attempt'), 0, 'old_generation'} end
local same = known and number(KEYS[1], 'generation') == generation
if same and number(KEYS[1], 'seq') >= last_seq then
  local held = math.max(number(KEYS[1], 'attempt'), attempt)
  redis.call('HSET', KEYS[1], 'attempt', held)
  if redis.call('HEXISTS', KEYS[1], 'end') == 1 then -- it is over here, but Drupal does not know (any more)
    if number(KEYS[1], 'acked') > last_seq then send_again(last_seq) end
    tell_end(run, now)
  end
  return {held, 0, redis.call('HGET', KEYS[1], 'state')}
end
if known then
  if redis.call('HGET', KEYS[1], 'state') == 'queued' then redis.call('LREM', KEYS[10], 0, run) end
  let_go(run) redis.call('ZREM', KEYS[11], run)
end
if known and not same then redis.call('DEL', KEYS[2], KEYS[12]) end
redis.call('HDEL', KEYS[1], 'started_ms', 'idle_ms') -- its time begins behind what Drupal knows of it, in `excluded_ms`
local seq = math.max(known and number(KEYS[1], 'seq') or 0, last_seq)
if known and number(KEYS[1], 'seq') < last_seq then redis.call('DEL', KEYS[3]) redis.call('HSET', KEYS[1], 'acked', last_seq) end
local fields = cjson.decode(ARGV[11])
if not known then redis.call('HSET', KEYS[1], 'acked', last_seq) end
if known and not same then
  for _, f in ipairs({'end', 'reason', 'message', 'command', 'finished', 'done', 'waiting_for', 'waits', 'asked', 'fallback', 'from_step', 'said'}) do redis.call('HDEL', KEYS[1], f) end
  redis.call('ZREM', KEYS[7] .. ':ends', run)
  redis.call('PERSIST', KEYS[1]) redis.call('PERSIST', KEYS[3])
end
for field, value in pairs(fields) do redis.call('HSET', KEYS[1], field, value) end
redis.call('HSET', KEYS[1], 'run', run, 'attempt', attempt, 'generation', generation, 'seq', seq, 'lane', lane, 'state', ARGV[9], 'fence', '', 'owner', '')
if ARGV[10] ~= '' then redis.call('HSET', KEYS[1], 'waiting_for', ARGV[10]) end
for unit, record in pairs(cjson.decode(ARGV[12])) do
  -- Only finished units are saved: one that was started comes with a later checkpoint once it is finished.
  if redis.call('HSETNX', KEYS[2], unit, record) == 1 and cjson.decode(record).v ~= nil then redis.call('SADD', KEYS[12], unit) end
end
redis.call('HSET', KEYS[1], 'job', ARGV[2])
redis.call('HSET', KEYS[5], 'max_day_cost', ARGV[15], 'max_day_tokens', ARGV[16])
redis.call('HSET', KEYS[6], 'max_day_cost', ARGV[17], 'max_day_tokens', ARGV[18])
redis.call('HSET', KEYS[5], 'weight:' .. lane, ARGV[7], 'cap:' .. lane, ARGV[8])
emit(cjson.decode(ARGV[13]), run, now)
if ARGV[9] == 'queued' then
  enqueue(lane, run, last_seq > 0, now)
elseif tonumber(ARGV[14]) > 0 then
  redis.call('ZADD', KEYS[11], now + tonumber(ARGV[14]), run)
end
redis.call('SADD', KEYS[5] .. ':live', run)
return {attempt, 1, ARGV[9]}
