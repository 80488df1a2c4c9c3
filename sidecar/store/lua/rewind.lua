-- Drupal has fewer events than it had (a restored backup). ARGV: run, last_seq. What is still here is sent again under its numbers; when the
-- first of them are gone, what is left moves behind Drupal's last one. Answers 'again', 'renumbered', or 'unknown'.
local run, last, now = ARGV[1], tonumber(ARGV[2]), now_ms()
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
redis.call('ZADD', KEYS[7], 'NX', now, run)
if redis.call('HEXISTS', KEYS[1], 'end') == 1 then tell_end(run, now) end
if send_again(last) then return 'again' end
local left = redis.call('XRANGE', KEYS[3], '(' .. last .. '-0', '+')
redis.call('DEL', KEYS[3])
local seq, bytes = last, 0
for _, entry in ipairs(left) do
  seq = seq + 1
  redis.call('XADD', KEYS[3], seq .. '-0', 'e', entry[2][2])
  bytes = bytes + #entry[2][2]
end
redis.call('HSET', KEYS[1], 'seq', seq, 'acked', last, 'bytes', bytes)
return 'renumbered'
