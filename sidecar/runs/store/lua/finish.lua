-- Result of a unit. ARGV: fence, run, unit, record, lease ms, events, reserved cost, reserved tokens, counters (json map to add), units now stored in Drupal (json list)
if not owned(ARGV[1]) then return 'stale' end
if redis.call('HEXISTS', KEYS[2], ARGV[3]) == 0 then return 'stale' end -- the journal went away although the fence fits
if redis.call('HGET', KEYS[2], ARGV[3]) == ARGV[4] then return 'ok' end -- sent twice: the answer to the first was lost
local run, now = ARGV[2], now_ms()
redis.call('ZADD', KEYS[4], now + tonumber(ARGV[5]), run)
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('HDEL', KEYS[1], 'waits') -- it goes on: the next wait begins small again
local cost, tokens = tonumber(ARGV[7]), tonumber(ARGV[8])
if cost ~= 0 then for _, key in ipairs({KEYS[1], KEYS[5], KEYS[6]}) do redis.call('HINCRBY', key, 'reserved', -cost) end end
if tokens ~= 0 then redis.call('HINCRBY', KEYS[1], 'reserved_tokens', -tokens) end
for field, value in pairs(cjson.decode(ARGV[9])) do
  redis.call('HINCRBY', KEYS[1], field, value)
  if field == 'cost_micros' then redis.call('HINCRBY', KEYS[5], field, value) redis.call('HINCRBY', KEYS[6], field, value) end
end
local saved = cjson.decode(ARGV[10])
if #saved > 0 then redis.call('SADD', KEYS[12], unpack(saved)) end
emit(cjson.decode(ARGV[6]), run, now)
return 'ok'
