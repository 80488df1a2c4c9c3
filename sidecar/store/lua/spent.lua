-- What Drupal knows of a day's spending (UTC). Document: prefix (of keys), day (number since 1970), cost and tokens of the site, agents ({cost, tokens} by id).
-- Taken over where it is higher: after a loss of Redis it is, else Drupal is a moment behind. Answers whether it is today's.
local now = now_ms()
if given.day ~= math.floor(now / DAY) then return 0 end
local function raise(key, amounts)
  spend(key, 0, 0, now)
  if amounts.cost > number(key, 'day_cost') then redis.call('HSET', key, 'day_cost', amounts.cost) end
  if amounts.tokens > number(key, 'day_tokens') then redis.call('HSET', key, 'day_tokens', amounts.tokens) end
end
raise(keys.site, given)
for agent, amounts in pairs(given.agents) do raise(given.prefix .. 'agent:' .. agent, amounts) end
redis.call('HSET', keys.site, 'day_told', 1)
return 1
