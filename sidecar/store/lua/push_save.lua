-- Keeps a push notification configuration. Keys: the site's due ones, the idle ones, the configurations of a run and account, how far each was
-- told. Document: member, id, most (of one run and account), kept_seconds. Texts: the configuration, how far it was told when it is new.
local due, idle, configs, told, now = KEYS[1], KEYS[2], KEYS[3], KEYS[4], now_ms()
if redis.call('HEXISTS', configs, given.id) == 0 and redis.call('HLEN', configs) >= given.most then return 0 end
redis.call('HSET', configs, given.id, text())
redis.call('HSETNX', told, given.id, text())
redis.call('EXPIRE', configs, given.kept_seconds) redis.call('EXPIRE', told, given.kept_seconds)
redis.call('ZADD', due, 'NX', now, given.member)
redis.call('HDEL', idle, given.member)
return 1
