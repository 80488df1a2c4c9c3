-- Intent of a unit, before anything leaves the process.
-- ARGV: fence, run, unit, record, lease ms, kind (model|tool|other), first-time events, every-time events, cost, tokens, max unsent events, max unsent bytes, may begin (0: draining)
-- Answers 'ok', or why not: stale, drain, stop, cancel, pause, wait:drupal, limit:<what>.

-- Whether a site or an agent cannot pay this today (UTC).
local function over_budget(key, cost, tokens, now)
  local max_cost, max_tokens = number(key, 'max_day_cost'), number(key, 'max_day_tokens')
  if max_cost == 0 and max_tokens == 0 then return false end
  spend(key, 0, 0, now)
  if max_cost > 0 and number(key, 'day_cost') + number(key, 'reserved') + cost > max_cost then return true end
  return max_tokens > 0 and number(key, 'day_tokens') + number(key, 'reserved_tokens') + tokens > max_tokens
end

-- After a loss of Redis nobody knows what was spent today before Drupal has said it.
local function budget_unknown()
  if redis.call('HGET', KEYS[5], 'day_told') == '1' then return false end
  for _, key in ipairs({KEYS[5], KEYS[6]}) do
    if number(key, 'max_day_cost') > 0 or number(key, 'max_day_tokens') > 0 then return true end
  end
  return false
end

if not owned(ARGV[1]) then return 'stale' end
local run, now, kind = ARGV[2], now_ms(), ARGV[6]
redis.call('ZADD', KEYS[4], now + tonumber(ARGV[5]), run)
local command = redis.call('HGET', KEYS[1], 'command')
if command and command ~= '' then return command end
if redis.call('HGET', KEYS[5], 'stop') == '1' then return 'stop' end
if ARGV[13] == '0' then return 'drain' end
local unsent = number(KEYS[1], 'seq') - number(KEYS[1], 'acked')
if unsent > tonumber(ARGV[11]) or number(KEYS[1], 'bytes') > tonumber(ARGV[12]) then return 'wait:drupal' end
local wall = number(KEYS[1], 'max_wall_seconds')
if wall > 0 and now - number(KEYS[1], 'started_ms') - number(KEYS[1], 'excluded_ms') > wall * 1000 then return 'limit:wall_seconds' end
if redis.call('HGET', KEYS[2], ARGV[3]) == ARGV[4] then return 'ok' end -- sent twice: the answer to the first was lost
local again = redis.call('HEXISTS', KEYS[2], ARGV[3]) == 1
if not again then -- a unit that is started again has paid already
  local cost, tokens = tonumber(ARGV[9]), tonumber(ARGV[10])
  if kind == 'model' then
    local max = number(KEYS[1], 'max_steps')
    if max > 0 and number(KEYS[1], 'steps') >= max then return 'limit:steps' end
    local most = number(KEYS[1], 'max_tokens')
    local used = number(KEYS[1], 'input_tokens') + number(KEYS[1], 'output_tokens') + number(KEYS[1], 'reserved_tokens')
    if most > 0 and used + tokens > most then return 'limit:tokens' end
    local budget = number(KEYS[1], 'max_cost_micros')
    if budget > 0 and number(KEYS[1], 'cost_micros') + number(KEYS[1], 'reserved') + cost > budget then return 'limit:cost_micros' end
    if budget_unknown() then return 'wait:drupal' end
    if over_budget(KEYS[5], cost, tokens, now) then return 'limit:budget_site' end
    if over_budget(KEYS[6], cost, tokens, now) then return 'limit:budget_agent' end
    redis.call('HINCRBY', KEYS[1], 'steps', 1)
    reserve(cost, tokens)
  elseif kind == 'tool' then
    -- FINISH of the answer has counted all its calls: over the limit, none of them starts.
    for _, pair in ipairs({{'tool_calls', 'tool_calls'}, {'writes', 'asked_writes'}}) do
      local max = number(KEYS[1], 'max_' .. pair[1])
      if max > 0 and number(KEYS[1], pair[2]) > max then return 'limit:' .. pair[1] end
    end
  end
  emit(cjson.decode(ARGV[7]), run, now)
end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
emit(cjson.decode(ARGV[8]), run, now)
return 'ok'
