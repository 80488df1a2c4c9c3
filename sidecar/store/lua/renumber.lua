-- Drupal has other events under our numbers: the unsent tail gets the numbers behind Drupal's. Document: last_seq, or replaced: the number of the one
-- event whose content becomes the text (a refused one becomes a stub); then all numbers stay.
if redis.call('EXISTS', keys.run) == 0 then return 0 end
local acked, replaced = number(keys.run, 'acked'), given.replaced
local tail = redis.call('XRANGE', keys.events, '(' .. acked .. '-0', '+')
local head = replaced and redis.call('XRANGE', keys.events, '-', acked .. '-0') or {}
redis.call('DEL', keys.events)
for _, entry in ipairs(head) do redis.call('XADD', keys.events, entry[1], 'e', entry[2][2]) end
local seq, bytes = replaced and acked or given.last_seq, 0
for _, entry in ipairs(tail) do
  seq = seq + 1
  local event = entry[2][2]
  if seq == replaced then event = text() end
  redis.call('XADD', keys.events, seq .. '-0', 'e', event)
  bytes = bytes + #event
end
redis.call('HSET', keys.run, 'seq', seq, 'bytes', bytes)
if not replaced then redis.call('HSET', keys.run, 'acked', given.last_seq) end
return seq
