-- KEYS[13]: the newest runs. ARGV: the document, the job, and as many as the document says of: an answer's id and the answer; a unit, whether it is
-- saved (1 or 0) and its record; an event. What people and models wrote is stored as it came, never decoded.
-- The document: run attempt generation last_seq lane weight cap state waiting_for (or absent) due_ms fields, budgets of a day (0: none), answers
-- units events (how many), now (seconds, for the newest runs) recent (how many of these are kept).
-- Answers {attempt, is_new, state}. Accepting twice is harmless; a returning run (Redis lost, or rolled back behind Drupal) is rebuilt.
local given, job = cjson.decode(ARGV[1]), ARGV[2]
local at = 2
local function following()
  at = at + 1
  return ARGV[at]
end
-- The answers come first: who takes the run now must know them.
for _ = 1, given.answers do
  local id = following()
  redis.call('HSET', answers_key(), id, following())
end
local run, attempt, generation, last_seq, lane = given.run, given.attempt, given.generation, given.last_seq, given.lane
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
if not known then redis.call('HSET', KEYS[1], 'acked', last_seq) end
if known and not same then
  for _, f in ipairs({'end', 'reason', 'message', 'command', 'finished', 'done', 'waiting_for', 'waits', 'asked', 'fallback', 'from_step', 'said'}) do redis.call('HDEL', KEYS[1], f) end
  redis.call('ZREM', KEYS[7] .. ':ends', run)
  redis.call('PERSIST', KEYS[1]) redis.call('PERSIST', KEYS[3])
end
for field, value in pairs(given.fields) do redis.call('HSET', KEYS[1], field, value) end
redis.call('HSET', KEYS[1], 'run', run, 'attempt', attempt, 'generation', generation, 'seq', seq, 'lane', lane, 'state', given.state, 'fence', '', 'owner', '')
if given.waiting_for then redis.call('HSET', KEYS[1], 'waiting_for', given.waiting_for) end
for _ = 1, given.units do
  local unit, saved, record = following(), following(), following()
  if redis.call('HSETNX', KEYS[2], unit, record) == 1 and saved == '1' then redis.call('SADD', KEYS[12], unit) end
end
redis.call('HSET', KEYS[1], 'job', job)
redis.call('HSET', KEYS[5], 'max_day_cost', given.budgets.site_cost, 'max_day_tokens', given.budgets.site_tokens)
redis.call('HSET', KEYS[6], 'max_day_cost', given.budgets.agent_cost, 'max_day_tokens', given.budgets.agent_tokens)
redis.call('HSET', KEYS[5], 'weight:' .. lane, given.weight, 'cap:' .. lane, given.cap)
local events = {}
for number = 1, given.events do events[number] = following() end
emit(events, run, now)
if given.state == 'queued' then
  enqueue(lane, run, last_seq > 0, now)
elseif given.due_ms > 0 then
  redis.call('ZADD', KEYS[11], now + given.due_ms, run)
end
redis.call('ZADD', KEYS[13], given.now, run)
redis.call('ZREMRANGEBYRANK', KEYS[13], 0, -given.recent - 1)
redis.call('SADD', KEYS[5] .. ':live', run)
return {attempt, 1, given.state}
