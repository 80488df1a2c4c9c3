-- A run of another agent has ended, which this one may wait for. Document: run, lane, events (how many). Texts: the events.
-- Answers 'ok' when it goes on, else its state: one that is on its way to wait hears of it there.
local run, now = given.run, now_ms()
local state = redis.call('HGET', keys.run, 'state')
if state == 'running' then redis.call('HSET', keys.run, 'woken', 1) end
if state ~= 'waiting' or redis.call('HGET', keys.run, 'waiting_for') ~= 'agent' then return state or 'unknown' end
redis.call('ZREM', keys.parked, run)
redis.call('HSET', keys.run, 'state', 'queued') redis.call('HDEL', keys.run, 'waiting_for')
redis.call('HSETNX', keys.run, 'idle_ms', now)
emit(keys, texts(given.events), run, now)
enqueue(keys, given.lane, run, true, now)
return 'ok'
