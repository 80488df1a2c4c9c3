-- Gives a driven run away. Document: run, target (queued|waiting|paused|completed|failed|cancelled|expired), reason, lane, time (RFC 3339), due_ms (0: none),
-- fields (of the run, to set), events (how many), over (1: texts of an end follow); where there is one: fence (absent for a run that nobody drives),
-- waiting_for. Texts: the message, the events; of an end: its two halves, and those of `run_finished`.
local run, target, waiting_for, now = given.run, given.target, given.waiting_for, now_ms()
local state = redis.call('HGET', keys.run, 'state')
if not state then return 'unknown' end
if state == 'completed' or state == 'failed' or state == 'cancelled' or state == 'expired' then return 'over' end
if not given.fence then
  if state == 'running' then return 'running' end
elseif not owned(keys, given.fence) then return 'stale' end
let_go(keys, run)
if state == 'queued' then dequeue(keys, run) end
redis.call('ZREM', keys.parked, run)
redis.call('HSET', keys.run, 'state', target, 'reason', given.reason, 'message', text())
redis.call('HDEL', keys.run, 'waiting_for')
for field, value in pairs(given.fields) do redis.call('HSET', keys.run, field, value) end
emit(keys, texts(given.events), run, now)
if waiting_for ~= 'retry' then redis.call('HSETNX', keys.run, 'idle_ms', now) end -- take counts it out of the wall time
if given.over == 1 then
  -- What was spent stands between the halves, in the same script that books it; numbers as Redis has them, whole.
  local spent = {}
  for _, name in ipairs({'steps', 'tool_calls', 'input_tokens', 'output_tokens', 'cost_micros', 'writes'}) do
    spent[#spent + 1] = '"' .. name .. '":' .. (redis.call('HGET', keys.run, name) or '0')
  end
  local usage = '{' .. table.concat(spent, ',') .. '}'
  local over = text() .. usage .. text()
  emit(keys, {text() .. usage .. text()}, run, now)
  redis.call('HSET', keys.run, 'end', over, 'finished', now)
  redis.call('HDEL', keys.run, 'command', 'said')
  tell_end(keys, run, now)
  redis.call('SREM', keys.site .. ':live', run)
elseif target == 'queued' then
  enqueue(keys, given.lane, run, true, now)
else
  local asked = redis.call('HGET', keys.run, 'asked')
  local answer = waiting_for == 'approval' and asked and redis.call('HGET', answers_key(keys), asked)
  if answer then
    -- The decision came while the question was being asked: there is nothing to wait for. What people wrote stays as it was stored.
    redis.call('HSET', keys.run, 'state', 'queued')
    local told = '{"type":"approval_given","time":"' .. given.time .. '","data":' .. answer .. '}'
    emit(keys, {told, cjson.encode({type = 'run_resumed', time = given.time, data = {after = 'approval'}})}, run, now)
    enqueue(keys, given.lane, run, true, now)
    return 'ok'
  end
  if waiting_for == 'agent' and redis.call('HDEL', keys.run, 'woken') == 1 then
    -- The other run ended while this one was being parked.
    redis.call('HSET', keys.run, 'state', 'queued')
    emit(keys, {cjson.encode({type = 'run_resumed', time = given.time, data = {after = 'agent'}})}, run, now)
    enqueue(keys, given.lane, run, true, now)
    return 'ok'
  end
  if target == 'waiting' then redis.call('HSET', keys.run, 'waiting_for', waiting_for) end
  if target == 'paused' or redis.call('HGET', keys.run, 'command') == 'pause' then redis.call('HDEL', keys.run, 'command', 'said') end
  if given.due_ms > 0 then redis.call('ZADD', keys.parked, now + given.due_ms, run) end
end
return 'ok'
