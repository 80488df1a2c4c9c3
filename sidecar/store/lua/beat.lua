-- ARGV: key prefix, lease ms, then run, fence, run, fence ... Answers a list: '' (still ours), 'lost', or the pending command.
local now, out = now_ms(), {}
local stop = redis.call('HGET', KEYS[5], 'stop') == '1'
for i = 3, #ARGV, 2 do
  local key = ARGV[1] .. 'run:' .. ARGV[i]
  local values = redis.call('HMGET', key, 'fence', 'command')
  if values[1] ~= ARGV[i + 1] then
    out[#out + 1] = 'lost'
  else
    redis.call('ZADD', KEYS[4], now + tonumber(ARGV[2]), ARGV[i])
    out[#out + 1] = (values[2] and values[2] ~= '') and values[2] or (stop and 'stop' or '')
  end
end
return out
