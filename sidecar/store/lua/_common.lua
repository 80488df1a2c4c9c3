-- Shared by every script. KEYS[1..12] are the same everywhere (see keys.py, SCRIPT_KEYS); here they have names.
-- ARGV: one JSON document with named members, and behind it texts that are stored as they came: records, events, ends, what people and models
-- wrote. None of these is ever decoded: cjson makes `[]` to `{}`, cuts long numbers, and refuses lone surrogates. In the document true and false are
-- 1 and 0, and what is not given is absent.
local keys = {run = KEYS[1], journal = KEYS[2], events = KEYS[3], leases = KEYS[4], site = KEYS[5], agent = KEYS[6], outgoing = KEYS[7],
  held = KEYS[8], lanes = KEYS[9], lane = KEYS[10], parked = KEYS[11], saved = KEYS[12]}
local given, texts_read = cjson.decode(ARGV[1]), 1

-- The next text behind the document.
local function text()
  texts_read = texts_read + 1
  return ARGV[texts_read]
end

local function texts(count)
  local list = {}
  for number = 1, count do list[number] = text() end
  return list
end

-- One clock: Redis' own.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function number(key, field)
  return tonumber(redis.call('HGET', key, field) or '0') or 0
end

-- Keys of a run that the script found by itself. `of` has those of the site.
local function keys_of(of, prefix, run)
  local own = {run = prefix .. 'run:' .. run, journal = prefix .. 'journal:' .. run, events = prefix .. 'events:' .. run, saved = prefix .. 'saved:' .. run}
  own.agent = prefix .. 'agent:' .. (redis.call('HGET', own.run, 'agent') or '')
  local lane = redis.call('HGET', own.run, 'lane') or ''
  own.held, own.lane = prefix .. 'held:' .. lane, prefix .. 'lane:' .. lane
  for _, name in ipairs({'leases', 'site', 'outgoing', 'lanes', 'parked'}) do own[name] = of[name] end
  return own, lane
end

-- Where people's decisions are: the run's key with another name.
local function answers_key(of)
  return (of.run:gsub(':run:', ':answers:', 1))
end

-- Appends events; the number is the stream id, so Redis itself refuses a double. `outgoing` remembers since when something is unsent.
local function emit(of, list, run, now)
  for _, event in ipairs(list) do
    local seq = redis.call('HINCRBY', of.run, 'seq', 1)
    redis.call('XADD', of.events, seq .. '-0', 'e', event)
    redis.call('HINCRBY', of.run, 'bytes', #event)
  end
  if #list > 0 then redis.call('ZADD', of.outgoing, 'NX', now, run) end
end

-- What Drupal must hear first: that the run is over.
local function tell_end(of, run, now)
  redis.call('ZADD', of.outgoing, 'NX', now, run)
  redis.call('ZADD', of.outgoing .. ':ends', 'NX', now, run)
end

-- Drupal has all of it.
local function all_told(of, run)
  redis.call('ZREM', of.outgoing, run)
  redis.call('ZREM', of.outgoing .. ':ends', run)
end

local function owned(of, fence)
  return fence ~= '' and redis.call('HGET', of.run, 'fence') == fence
end

-- The queued runs of a lane, by rank. Each stands in the lane's list, too: there an older release queues and takes, and what stands there and is
-- queued no more is passed over.
local function ranks_key(lane)
  return (lane:gsub(':lane:', ':ranks:', 1))
end

-- Microseconds: one clock, in which no two runs are queued at once.
local MINUTE, BEGUN = 60000000, 8e15

-- When a run was queued first, and a point of priority is as good as a minute: those that came earlier are overtaken by those of the next twenty
-- minutes at the most, so nobody waits for ever. However often it is queued again, its rank stays.
local function rank_of(of)
  local t = redis.call('TIME')
  redis.call('HSETNX', of.run, 'rank', t[1] * 1000000 + t[2] - MINUTE * number(of.run, 'priority'))
  return number(of.run, 'rank')
end

-- `front`: before those that have not begun. An idle lane starts at the present virtual time: it has saved nothing up.
local function enqueue(of, lane, run, front, now)
  redis.call(front and 'LPUSH' or 'RPUSH', of.lane, run)
  redis.call('ZADD', ranks_key(of.lane), front and rank_of(of) - BEGUN or rank_of(of), run)
  if not redis.call('ZSCORE', of.lanes, lane) then
    local head = redis.call('ZRANGE', of.lanes, 0, 0, 'WITHSCORES')
    local clock = math.max(number(of.site, 'clock'), number(of.site, 'lane:' .. lane))
    redis.call('ZADD', of.lanes, head[2] and math.max(tonumber(head[2]), number(of.site, 'lane:' .. lane)) or clock, lane)
  end
end

-- Takes a run that was queued out of its lane.
local function dequeue(of, run)
  redis.call('LREM', of.lane, 0, run)
  redis.call('ZREM', ranks_key(of.lane), run)
end

-- Drupal has the events up to `last` only. True when all behind them are still here: they count as unsent again.
local function send_again(of, last)
  local behind = redis.call('XRANGE', of.events, '(' .. last .. '-0', '+')
  if #behind ~= number(of.run, 'seq') - last then return false end
  local bytes = 0
  for _, entry in ipairs(behind) do bytes = bytes + #entry[2][2] end
  redis.call('HSET', of.run, 'acked', last, 'bytes', bytes)
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
local function reserve(of, cost, tokens)
  for _, key in ipairs({of.run, of.site, of.agent}) do
    if cost ~= 0 then redis.call('HINCRBY', key, 'reserved', cost) end
    if tokens ~= 0 then redis.call('HINCRBY', key, 'reserved_tokens', tokens) end
  end
end

-- Frees what a driven run holds: lease, place in its lane, reservations that were not used.
local function let_go(of, run)
  redis.call('ZREM', of.leases, run)
  redis.call('SREM', of.held, run)
  redis.call('SREM', of.site .. ':held', run)
  reserve(of, -number(of.run, 'reserved'), -number(of.run, 'reserved_tokens'))
  redis.call('HSET', of.run, 'fence', '', 'owner', '')
end
