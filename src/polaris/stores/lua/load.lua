-- Reads one revision of a run. ARGV: run id.

local run = own_keys(ARGV[1])
return redis.call('EXISTS', run.row) == 1 and stored(run)
