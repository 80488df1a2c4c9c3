-- Lends what is due, for a while: the new score is the lease, and whoever has it is the one that sends. Keys: the due ones, the idle ones. Document:
-- runs (what the key of a run begins with), most, scanned, lease_ms, look_ms. Those of which there is nothing new are passed over here. Answers
-- members, each followed by its lease.
local due, idle, now, taken = KEYS[1], KEYS[2], now_ms(), {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, given.scanned)) do
  if #taken >= 2 * given.most then break end
  local seq, ask = (redis.call('HGET', idle, member) or ''):match('^(%d+)/(%d+)$')
  local last = seq and redis.call('HGET', given.runs .. member:sub(1, 36), 'seq')
  if seq and ((last and tonumber(last) <= tonumber(seq)) or (not last and now < tonumber(ask))) then
    redis.call('ZADD', due, now + given.look_ms, member)
  else
    local lease = string.format('%d', now + given.lease_ms)
    redis.call('ZADD', due, lease, member)
    taken[#taken + 1] = member
    taken[#taken + 1] = lease
  end
end
return taken
