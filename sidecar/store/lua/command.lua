-- For a run that a worker drives: the worker is told now, and START is the net. Document: command (cancel|pause), channel.
-- Texts: the message to the worker; who said it and why (JSON). Answers the run's state.
local state = redis.call('HGET', keys.run, 'state')
if not state then return 'unknown' end
if state == 'running' then
  local message, said = text(), text()
  redis.call('HSET', keys.run, 'command', given.command, 'said', said)
  redis.call('PUBLISH', given.channel, message)
end
return state
