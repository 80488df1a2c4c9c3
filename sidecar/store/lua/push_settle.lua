-- Keeps how far a configuration was told, by whoever has its lease. Keys: as of push_save. Document: member, id, lease, kept_seconds, delay_ms (until it
-- is due again; of a lease that is kept: its length), gone (1: it is forgotten); where nothing waits to be sent: seq (the last event that was looked at)
-- and ask_ms (for so long Drupal is not asked). Text: how far. Answers the new lease, 0: it has another holder, or was deleted.
local due, idle, configs, told, now = KEYS[1], KEYS[2], KEYS[3], KEYS[4], now_ms()
local score = redis.call('ZSCORE', due, given.member)
if not score or tonumber(score) ~= given.lease then return 0 end
redis.call('HDEL', idle, given.member)
if given.gone == 1 or redis.call('HEXISTS', configs, given.id) == 0 then
  redis.call('ZREM', due, given.member)
  redis.call('HDEL', configs, given.id) redis.call('HDEL', told, given.id)
  return 0
end
redis.call('HSET', told, given.id, text())
redis.call('EXPIRE', configs, given.kept_seconds) redis.call('EXPIRE', told, given.kept_seconds)
if given.seq then redis.call('HSET', idle, given.member, string.format('%d/%d', given.seq, now + given.ask_ms)) end
local lease = now + given.delay_ms
redis.call('ZADD', due, lease, given.member)
return lease
