-- ARGV: run, command (cancel|pause|''), channel, message, who said it and why (json). For a run that a worker drives: the worker is told now, and START is the net.
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return 'unknown' end
if state == 'running' then
  redis.call('HSET', KEYS[1], 'command', ARGV[2], 'said', ARGV[5])
  redis.call('PUBLISH', ARGV[3], ARGV[4])
end
return state
