-- Drupal has fewer events than it had (a restored backup). Document: run, last_seq. What is still here is sent again under its numbers; when the
-- first of them are gone, what is left moves behind Drupal's last one. Answers 'again', 'renumbered', or 'unknown'.
local run, last, now = given.run, given.last_seq, now_ms()
if redis.call('EXISTS', keys.run) == 0 then return 'unknown' end
redis.call('ZADD', keys.outgoing, 'NX', now, run)
if redis.call('HEXISTS', keys.run, 'end') == 1 then tell_end(keys, run, now) end
if send_again(keys, last) then return 'again' end
local left = redis.call('XRANGE', keys.events, '(' .. last .. '-0', '+')
redis.call('DEL', keys.events)
local seq, bytes = last, 0
for _, entry in ipairs(left) do
  seq = seq + 1
  redis.call('XADD', keys.events, seq .. '-0', 'e', entry[2][2])
  bytes = bytes + #entry[2][2]
end
redis.call('HSET', keys.run, 'seq', seq, 'acked', last, 'bytes', bytes)
return 'renumbered'
