-- Drupal has other events under our numbers: the unsent tail gets the numbers behind Drupal's. ARGV: run, last_seq, replace seq (0: none), replacement event
-- With a replacement only that one event changes its content (a refused one becomes a stub), numbers stay.
local run, last, now = ARGV[1], tonumber(ARGV[2]), now_ms()
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local acked = number(KEYS[1], 'acked')
local replace = tonumber(ARGV[3])
local tail = redis.call('XRANGE', KEYS[3], '(' .. acked .. '-0', '+')
local head = {}
if replace > 0 then
  head = redis.call('XRANGE', KEYS[3], '-', acked .. '-0')
end
redis.call('DEL', KEYS[3])
for _, entry in ipairs(head) do redis.call('XADD', KEYS[3], entry[1], 'e', entry[2][2]) end
local seq, bytes = replace > 0 and acked or last, 0
for _, entry in ipairs(tail) do
  seq = seq + 1
  local event = entry[2][2]
  if replace > 0 and seq == replace then event = ARGV[4] end
  redis.call('XADD', KEYS[3], seq .. '-0', 'e', event)
  bytes = bytes + #event
end
redis.call('HSET', KEYS[1], 'seq', seq, 'bytes', bytes)
if replace == 0 then redis.call('HSET', KEYS[1], 'acked', last) end
return seq
