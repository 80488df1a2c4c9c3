-- Gives a driven run away. ARGV: fence ('' for a run that nobody drives), run, target (queued|waiting|paused|completed|failed|cancelled|expired),
-- waiting_for, reason, message, due ms (0: none), events (with an end: `run_finished` last), end (json, '' unless final), lane, fields to keep (json map), time (RFC 3339)
local run, target, now = ARGV[2], ARGV[3], now_ms()
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return 'unknown' end
if state == 'completed' or state == 'failed' or state == 'cancelled' or state == 'expired' then return 'over' end
if ARGV[1] == '' then
  if state == 'running' then return 'running' end
elseif not owned(ARGV[1]) then return 'stale' end
let_go(run)
if state == 'queued' then redis.call('LREM', KEYS[10], 0, run) end
redis.call('ZREM', KEYS[11], run)
redis.call('HSET', KEYS[1], 'state', target, 'reason', ARGV[5], 'message', ARGV[6])
redis.call('HDEL', KEYS[1], 'waiting_for')
for field, value in pairs(cjson.decode(ARGV[11])) do redis.call('HSET', KEYS[1], field, value) end
local told, over = cjson.decode(ARGV[8]), ARGV[9]
if over ~= '' then -- the end tells what was spent, in the same script that books it: spliced in, since decoding would lose empty lists
  local usage = {}
  for _, name in ipairs({'steps', 'tool_calls', 'input_tokens', 'output_tokens', 'cost_micros', 'writes'}) do usage[name] = number(KEYS[1], name) end
  local spent = '"usage":' .. cjson.encode(usage) .. ','
  over = '{' .. spent .. over:sub(2)
  local last = told[#told]
  local from, to = last:find('"data":{', 1, true)
  told[#told] = last:sub(1, to) .. spent .. last:sub(to + 1)
end
emit(told, run, now)
if ARGV[4] ~= 'retry' then redis.call('HSETNX', KEYS[1], 'idle_ms', now) end -- take counts it out of the wall time
if target == 'queued' then
  enqueue(ARGV[10], run, true, now)
elseif target == 'waiting' or target == 'paused' then
  local asked = redis.call('HGET', KEYS[1], 'asked')
  if ARGV[4] == 'approval' and asked and redis.call('HEXISTS', answers_key(), asked) == 1 then
    -- The decision came while the question was being asked: there is nothing to wait for.
    redis.call('HSET', KEYS[1], 'state', 'queued')
    -- What people wrote is spliced in as it was stored, never decoded.
    local given = '{"type":"approval_given","time":' .. cjson.encode(ARGV[12]) .. ',"data":' .. redis.call('HGET', answers_key(), asked) .. '}'
    emit({given, cjson.encode({type = 'run_resumed', time = ARGV[12], data = {after = 'approval'}})}, run, now)
    enqueue(ARGV[10], run, true, now)
    return 'ok'
  end
  if target == 'waiting' then redis.call('HSET', KEYS[1], 'waiting_for', ARGV[4]) end
  if target == 'paused' or redis.call('HGET', KEYS[1], 'command') == 'pause' then redis.call('HDEL', KEYS[1], 'command', 'said') end
  if tonumber(ARGV[7]) > 0 then redis.call('ZADD', KEYS[11], now + tonumber(ARGV[7]), run) end
else
  redis.call('HSET', KEYS[1], 'end', over, 'finished', now)
  redis.call('HDEL', KEYS[1], 'command', 'said')
  tell_end(run, now)
  redis.call('SREM', KEYS[5] .. ':live', run)
end
return 'ok'
