-- Drupal has the events up to last_seq. Document: run, last_seq, ended (1: the end is stored too), kept_events (for watchers), kept_seconds (of a finished run).
local run, last, now = given.run, given.last_seq, now_ms()
if redis.call('EXISTS', keys.run) == 0 then all_told(keys, run) return 0 end
local seq, acked = number(keys.run, 'seq'), number(keys.run, 'acked')
if last > seq then last = seq end
if last > acked then
  local bytes = number(keys.run, 'bytes')
  redis.call('HSET', keys.run, 'acked', last, 'bytes', seq > acked and math.floor(bytes * (seq - last) / (seq - acked)) or 0)
  acked = last
end
local keep = math.max(0, acked - given.kept_events)
if keep > 0 then redis.call('XTRIM', keys.events, 'MINID', (keep + 1) .. '-0') end
if given.ended == 1 and redis.call('HEXISTS', keys.run, 'end') == 1 then
  all_told(keys, run)
  redis.call('HSET', keys.run, 'done', 1) redis.call('HDEL', keys.run, 'job')
  redis.call('DEL', keys.journal, keys.saved, answers_key(keys))
  redis.call('EXPIRE', keys.run, given.kept_seconds) redis.call('EXPIRE', keys.events, given.kept_seconds)
elseif acked >= seq and redis.call('HEXISTS', keys.run, 'end') == 0 then
  redis.call('ZREM', keys.outgoing, run)
end
return 1
