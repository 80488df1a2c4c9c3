-- KEYS[13]: the newest runs. Texts: the job, and as many as the document says of: an answer's id and the answer; a unit, whether it is saved (1 or 0)
-- and its record; an event.
-- Document: run attempt generation last_seq lane weight cap state waiting_for (or absent) due_ms fields, budgets of a day (0: none), answers
-- units events (how many), now (seconds, for the newest runs) recent (how many of these are kept).
-- Answers {attempt, is_new, state}. Accepting twice is harmless; a returning run (Redis lost, or rolled back behind Drupal) is rebuilt.
local job = text()
-- The answers come first: who takes the run now must know them.
for _ = 1, given.answers do
  local id = text()
  redis.call('HSET', answers_key(keys), id, text())
end
local run, attempt, generation, last_seq, lane = given.run, given.attempt, given.generation, given.last_seq, given.lane
local now = now_ms()
local known = redis.call('EXISTS', keys.run) == 1
if known and number(keys.run, 'generation') > generation then return {number(keys.run, 'attempt'), 0, 'old_generation'} end
local same = known and number(keys.run, 'generation') == generation
if same and number(keys.run, 'seq') >= last_seq then
  local held = math.max(number(keys.run, 'attempt'), attempt)
  redis.call('HSET', keys.run, 'attempt', held)
  if redis.call('HEXISTS', keys.run, 'end') == 1 then -- it is over here, but Drupal does not know (any more)
    if number(keys.run, 'acked') > last_seq then send_again(keys, last_seq) end
    tell_end(keys, run, now)
  end
  return {held, 0, redis.call('HGET', keys.run, 'state')}
end
if known then
  if redis.call('HGET', keys.run, 'state') == 'queued' then dequeue(keys, run) end
  let_go(keys, run) redis.call('ZREM', keys.parked, run)
end
if known and not same then redis.call('DEL', keys.journal, keys.saved) end
redis.call('HDEL', keys.run, 'started_ms', 'idle_ms') -- its time begins behind what Drupal knows of it, in `excluded_ms`
local seq = math.max(known and number(keys.run, 'seq') or 0, last_seq)
if known and number(keys.run, 'seq') < last_seq then redis.call('DEL', keys.events) redis.call('HSET', keys.run, 'acked', last_seq) end
if not known then redis.call('HSET', keys.run, 'acked', last_seq) end
if known and not same then
  for _, f in ipairs({'end', 'reason', 'message', 'command', 'finished', 'done', 'waiting_for', 'waits', 'asked', 'fallback', 'from_step', 'said', 'woken', 'rank'}) do redis.call('HDEL', keys.run, f) end
  redis.call('ZREM', keys.outgoing .. ':ends', run)
  redis.call('PERSIST', keys.run) redis.call('PERSIST', keys.events)
end
for field, value in pairs(given.fields) do redis.call('HSET', keys.run, field, value) end
redis.call('HSET', keys.run, 'run', run, 'attempt', attempt, 'generation', generation, 'seq', seq, 'lane', lane, 'state', given.state, 'fence', '', 'owner', '')
if given.waiting_for then redis.call('HSET', keys.run, 'waiting_for', given.waiting_for) end
for _ = 1, given.units do
  local unit, saved, record = text(), text(), text()
  if redis.call('HSETNX', keys.journal, unit, record) == 1 and saved == '1' then redis.call('SADD', keys.saved, unit) end
end
redis.call('HSET', keys.run, 'job', job)
redis.call('HSET', keys.site, 'max_day_cost', given.budgets.site_cost, 'max_day_tokens', given.budgets.site_tokens)
redis.call('HSET', keys.agent, 'max_day_cost', given.budgets.agent_cost, 'max_day_tokens', given.budgets.agent_tokens)
redis.call('HSET', keys.site, 'weight:' .. lane, given.weight, 'cap:' .. lane, given.cap)
emit(keys, texts(given.events), run, now)
if given.state == 'queued' then
  enqueue(keys, lane, run, last_seq > 0, now)
elseif given.due_ms > 0 then
  redis.call('ZADD', keys.parked, now + given.due_ms, run)
end
redis.call('ZADD', KEYS[13], given.now, run)
redis.call('ZREMRANGEBYRANK', KEYS[13], 0, -given.recent - 1)
redis.call('SADD', keys.site .. ':live', run)
return {attempt, 1, given.state}
