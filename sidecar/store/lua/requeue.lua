-- Puts a parked run back into its lane. ARGV: run, lane, events, fields (json map)
local run, now = ARGV[1], now_ms()
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'waiting' and state ~= 'paused' then return state or 'unknown' end
for field, value in pairs(cjson.decode(ARGV[4])) do redis.call('HSET', KEYS[1], field, value) end
redis.call('ZREM', KEYS[11], run)
redis.call('HSET', KEYS[1], 'state', 'queued') redis.call('HDEL', KEYS[1], 'waiting_for')
redis.call('HSETNX', KEYS[1], 'idle_ms', now)
emit(cjson.decode(ARGV[3]), run, now)
enqueue(ARGV[2], run, false, now)
return 'ok'
