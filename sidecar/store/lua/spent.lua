-- What Drupal knows of a day's spending (UTC). ARGV: key prefix, day (number since 1970), site's cost, tokens, agents (json map of {cost, tokens}).
-- Taken over where it is higher: after a loss of Redis it is, else Drupal is a moment behind. Answers whether it is today's.
local prefix, now = ARGV[1], now_ms()
if tonumber(ARGV[2]) ~= math.floor(now / DAY) then return 0 end
local function raise(key, cost, tokens)
  spend(key, 0, 0, now)
  if cost > number(key, 'day_cost') then redis.call('HSET', key, 'day_cost', cost) end
  if tokens > number(key, 'day_tokens') then redis.call('HSET', key, 'day_tokens', tokens) end
end
raise(KEYS[5], tonumber(ARGV[3]), tonumber(ARGV[4]))
for agent, amounts in pairs(cjson.decode(ARGV[5])) do raise(prefix .. 'agent:' .. agent, amounts[1], amounts[2]) end
redis.call('HSET', KEYS[5], 'day_told', 1)
return 1
