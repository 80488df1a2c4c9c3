-- Shared by every script. KEYS[1..12] are the same everywhere (see store.py, Keys.script):
-- 1 run  2 journal  3 events  4 leases  5 site  6 agent  7 outgoing  8 held  9 lanes  10 lane  11 parked  12 saved
-- One clock: Redis' own.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function number(key, field)
  return tonumber(redis.call('HGET', key, field) or '0') or 0
end

-- Appends events; the number is the stream id, so Redis itself refuses a double. `outgoing` remembers since when something is unsent.
local function emit(list, run, now)
  for _, event in ipairs(list) do
    local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
    redis.call('XADD', KEYS[3], seq .. '-0', 'e', event)
    redis.call('HINCRBY', KEYS[1], 'bytes', #event)
  end
  if #list > 0 then redis.call('ZADD', KEYS[7], 'NX', now, run) end
end

-- Where people's decisions are: the run's key with another name.
local function answers_key()
  return (KEYS[1]:gsub(':run:', ':answers:', 1))
end

-- What Drupal must hear first: that the run is over.
local function tell_end(run, now)
  redis.call('ZADD', KEYS[7], 'NX', now, run)
  redis.call('ZADD', KEYS[7] .. ':ends', 'NX', now, run)
end

-- Drupal has all of it.
local function all_told(run)
  redis.call('ZREM', KEYS[7], run)
  redis.call('ZREM', KEYS[7] .. ':ends', run)
end

local function owned(fence)
  return fence ~= '' and redis.call('HGET', KEYS[1], 'fence') == fence
end

-- An idle lane starts at the present virtual time: it has saved nothing up.
local function enqueue(lane, run, front, now)
  redis.call(front and 'LPUSH' or 'RPUSH', KEYS[10], run)
  if not redis.call('ZSCORE', KEYS[9], lane) then
    local head = redis.call('ZRANGE', KEYS[9], 0, 0, 'WITHSCORES')
    local clock = math.max(number(KEYS[5], 'clock'), number(KEYS[5], 'lane:' .. lane))
    redis.call('ZADD', KEYS[9], head[2] and math.max(tonumber(head[2]), number(KEYS[5], 'lane:' .. lane)) or clock, lane)
  end
end

-- Drupal has the events up to `last` only. True when all behind them are still here: they count as unsent again.
local function send_again(last)
  local behind = redis.call('XRANGE', KEYS[3], '(' .. last .. '-0', '+')
  if #behind ~= number(KEYS[1], 'seq') - last then return false end
  local bytes = 0
  for _, entry in ipairs(behind) do bytes = bytes + #entry[2][2] end
  redis.call('HSET', KEYS[1], 'acked', last, 'bytes', bytes)
  return true
end

local DAY = 86400000

-- Adds to what a site or an agent has spent on this day (UTC); the first of a new day forgets the old one.
local function spend(key, cost, tokens, now)
  local day = math.floor(now / DAY)
  if number(key, 'day') ~= day then redis.call('HSET', key, 'day', day, 'day_cost', 0, 'day_tokens', 0) end
  if cost ~= 0 then redis.call('HINCRBY', key, 'day_cost', cost) end
  if tokens ~= 0 then redis.call('HINCRBY', key, 'day_tokens', tokens) end
end

-- Reserves (or, below zero, gives back) money and tokens for the run, its site and its agent.
local function reserve(cost, tokens)
  for _, key in ipairs({KEYS[1], KEYS[5], KEYS[6]}) do
    if cost ~= 0 then redis.call('HINCRBY', key, 'reserved', cost) end
    if tokens ~= 0 then redis.call('HINCRBY', key, 'reserved_tokens', tokens) end
  end
end

-- Frees what a driven run holds: lease, place in its lane, reservations that were not used.
local function let_go(run)
  redis.call('ZREM', KEYS[4], run)
  redis.call('SREM', KEYS[8], run)
  redis.call('SREM', KEYS[5] .. ':held', run)
  reserve(-number(KEYS[1], 'reserved'), -number(KEYS[1], 'reserved_tokens'))
  redis.call('HSET', KEYS[1], 'fence', '', 'owner', '')
end
