-- Document: prefix (of keys), lease_ms, held (how many). Texts: run and fence of each. Answers a list: '' (still ours), 'lost', or the pending command.
local now, out = now_ms(), {}
local stop = redis.call('HGET', keys.site, 'stop') == '1'
for place = 1, given.held do
  local run, fence = text(), text()
  local values = redis.call('HMGET', given.prefix .. 'run:' .. run, 'fence', 'command')
  if values[1] ~= fence then
    out[place] = 'lost'
  else
    redis.call('ZADD', keys.leases, now + given.lease_ms, run)
    out[place] = (values[2] and values[2] ~= '') and values[2] or (stop and 'stop' or '')
  end
end
return out
