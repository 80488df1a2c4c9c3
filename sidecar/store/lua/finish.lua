-- Result of a unit. ARGV: fence, run, unit, record, lease ms, events, reserved cost, reserved tokens, counters (json map to add), units now stored in Drupal (json list), progress (0: the unit is known not to have been done)
if not owned(ARGV[1]) then return 'stale' end
if redis.call('HEXISTS', KEYS[2], ARGV[3]) == 0 then return 'stale' end -- the journal went away although the fence fits
if redis.call('HGET', KEYS[2], ARGV[3]) == ARGV[4] then return 'ok' end -- sent twice: the answer to the first was lost
local run, now = ARGV[2], now_ms()
redis.call('ZADD', KEYS[4], now + tonumber(ARGV[5]), run)
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
if ARGV[11] == '1' then redis.call('HDEL', KEYS[1], 'waits') end -- it goes on: the next wait begins small again
reserve(-tonumber(ARGV[7]), -tonumber(ARGV[8]))
local counters = cjson.decode(ARGV[9])
for field, value in pairs(counters) do redis.call('HINCRBY', KEYS[1], field, value) end
local cost, tokens = counters.cost_micros or 0, (counters.input_tokens or 0) + (counters.output_tokens or 0)
if cost + tokens > 0 then spend(KEYS[5], cost, tokens, now) spend(KEYS[6], cost, tokens, now) end
local saved = cjson.decode(ARGV[10])
if #saved > 0 then redis.call('SADD', KEYS[12], unpack(saved)) end
emit(cjson.decode(ARGV[6]), run, now)
return 'ok'
