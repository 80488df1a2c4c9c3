-- Puts a parked run back into its lane. Document: run, lane, fields (of the run, to set), events (how many). Texts: the events.
-- Answers 'ok', or the state that it has instead.
local run, now = given.run, now_ms()
local state = redis.call('HGET', keys.run, 'state')
if state ~= 'waiting' and state ~= 'paused' then return state or 'unknown' end
for field, value in pairs(given.fields) do redis.call('HSET', keys.run, field, value) end
redis.call('ZREM', keys.parked, run)
redis.call('HSET', keys.run, 'state', 'queued') redis.call('HDEL', keys.run, 'waiting_for')
redis.call('HSETNX', keys.run, 'idle_ms', now)
emit(keys, texts(given.events), run, now)
enqueue(keys, given.lane, run, false, now)
return 'ok'
