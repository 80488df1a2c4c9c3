-- Result of a unit. Document: fence, run, lease_ms, cost and tokens that were reserved, counters (to add), progress (0: the unit is known not to have been
-- done), saved and events (how many). Texts: the unit, its record, the units that are now stored in Drupal, the events.
if not owned(keys, given.fence) then return 'stale' end
local unit, record = text(), text()
local stored = redis.call('HGET', keys.journal, unit)
if not stored then return 'stale' end -- the journal went away although the fence fits
if stored == record then return 'ok' end -- sent twice: the answer to the first was lost
local run, now = given.run, now_ms()
redis.call('ZADD', keys.leases, now + given.lease_ms, run)
redis.call('HSET', keys.journal, unit, record)
if given.progress == 1 then redis.call('HDEL', keys.run, 'waits') end -- it goes on: the next wait begins small again
reserve(keys, -given.cost, -given.tokens)
local counters = given.counters
for field, value in pairs(counters) do redis.call('HINCRBY', keys.run, field, value) end
local cost, tokens = counters.cost_micros or 0, (counters.input_tokens or 0) + (counters.output_tokens or 0)
if cost + tokens > 0 then spend(keys.site, cost, tokens, now) spend(keys.agent, cost, tokens, now) end
for _ = 1, given.saved do redis.call('SADD', keys.saved, text()) end
emit(keys, texts(given.events), run, now)
return 'ok'
