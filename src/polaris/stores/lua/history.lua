-- Reads the workflow and the events of a run. ARGV: run id.

local run = own_keys(ARGV[1])
local workflow = redis.call('HGET', run.row, 'workflow')
return workflow and {workflow, redis.call('LRANGE', run.events, 0, -1)}
