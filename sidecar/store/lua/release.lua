-- Removes what stands under a key, when it is still the text.
local held = text()
if redis.call('GET', keys.run) ~= held then return 0 end
return redis.call('DEL', keys.run)
