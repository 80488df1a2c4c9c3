-- Intent of a unit, before anything leaves the process.
-- Document: fence, run, lease_ms, kind (model|tool|other), cost and tokens to reserve, max_unsent_events, max_unsent_bytes, may_begin (0: draining),
-- first and again (how many events). Texts: the unit, its record, events of its first start, events of every start.
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
  if redis.call('HGET', keys.site, 'day_told') == '1' then return false end
  for _, key in ipairs({keys.site, keys.agent}) do
    if number(key, 'max_day_cost') > 0 or number(key, 'max_day_tokens') > 0 then return true end
  end
  return false
end

if not owned(keys, given.fence) then return 'stale' end
local run, now, kind = given.run, now_ms(), given.kind
local unit, record = text(), text()
local first, again = texts(given.first), texts(given.again)
redis.call('ZADD', keys.leases, now + given.lease_ms, run)
local command = redis.call('HGET', keys.run, 'command')
if command and command ~= '' then return command end
if redis.call('HGET', keys.site, 'stop') == '1' then return 'stop' end
if given.may_begin == 0 then return 'drain' end
local unsent = number(keys.run, 'seq') - number(keys.run, 'acked')
if unsent > given.max_unsent_events or number(keys.run, 'bytes') > given.max_unsent_bytes then return 'wait:drupal' end
local wall = number(keys.run, 'max_wall_seconds')
if wall > 0 and now - number(keys.run, 'started_ms') - number(keys.run, 'excluded_ms') > wall * 1000 then return 'limit:wall_seconds' end
local stored = redis.call('HGET', keys.journal, unit)
if stored == record then return 'ok' end -- sent twice: the answer to the first was lost
if not stored then -- a unit that is started again has paid already
  local cost, tokens = given.cost, given.tokens
  if kind == 'model' then
    local max = number(keys.run, 'max_steps')
    if max > 0 and number(keys.run, 'steps') + number(keys.run, 'started_steps') >= max then return 'limit:steps' end
    local most = number(keys.run, 'max_tokens')
    local used = number(keys.run, 'input_tokens') + number(keys.run, 'output_tokens') + number(keys.run, 'reserved_tokens') + number(keys.run, 'started_tokens')
    if most > 0 and used + tokens > most then return 'limit:tokens' end
    local budget = number(keys.run, 'max_cost_micros')
    if budget > 0 and number(keys.run, 'cost_micros') + number(keys.run, 'started_cost_micros') + number(keys.run, 'reserved') + cost > budget then return 'limit:cost_micros' end
    if budget_unknown() then return 'wait:drupal' end
    if over_budget(keys.site, cost, tokens, now) then return 'limit:budget_site' end
    if over_budget(keys.agent, cost, tokens, now) then return 'limit:budget_agent' end
    redis.call('HINCRBY', keys.run, 'steps', 1)
    reserve(keys, cost, tokens)
  elseif kind == 'tool' then
    -- FINISH of the answer has counted all its calls: over the limit, none of them starts.
    for _, pair in ipairs({{'tool_calls', 'tool_calls'}, {'writes', 'asked_writes'}}) do
      local max = number(keys.run, 'max_' .. pair[1])
      if max > 0 and number(keys.run, pair[2]) > max then return 'limit:' .. pair[1] end
    end
  end
  emit(keys, first, run, now)
end
redis.call('HSET', keys.journal, unit, record)
emit(keys, again, run, now)
return 'ok'
