-- Drupal has the events up to last_seq. ARGV: run, last_seq, ended (1: the end is stored too), events kept for watchers, seconds a finished run is kept
local run, last, now = ARGV[1], tonumber(ARGV[2]), now_ms()
if redis.call('EXISTS', KEYS[1]) == 0 then all_told(run) return 0 end
local seq, acked = number(KEYS[1], 'seq'), number(KEYS[1], 'acked')
if last > seq then last = seq end
if last > acked then
  local bytes = number(KEYS[1], 'bytes')
  redis.call('HSET', KEYS[1], 'acked', last, 'bytes', seq > acked and math.floor(bytes * (seq - last) / (seq - acked)) or 0)
  acked = last
end
local keep = math.max(0, acked - tonumber(ARGV[4]))
if keep > 0 then redis.call('XTRIM', KEYS[3], 'MINID', (keep + 1) .. '-0') end
if ARGV[3] == '1' and redis.call('HEXISTS', KEYS[1], 'end') == 1 then
  all_told(run)
  redis.call('HSET', KEYS[1], 'done', 1) redis.call('HDEL', KEYS[1], 'job')
  redis.call('DEL', KEYS[2], KEYS[12], answers_key())
  redis.call('EXPIRE', KEYS[1], ARGV[5]) redis.call('EXPIRE', KEYS[3], ARGV[5])
elseif acked >= seq and redis.call('HEXISTS', KEYS[1], 'end') == 0 then
  redis.call('ZREM', KEYS[7], run)
end
return 1
