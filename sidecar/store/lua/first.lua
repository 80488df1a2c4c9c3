-- What stands under a key; where nothing stands, the text is put there for `milliseconds`, and the answer is nothing: who asked is the first.
local kept = redis.call('GET', keys.run)
if kept then return kept end
redis.call('SET', keys.run, text(), 'PX', given.milliseconds, 'NX')
return false
