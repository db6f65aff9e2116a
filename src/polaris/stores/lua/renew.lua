-- Prolongs a lease. ARGV: time, run id, lease, claim.

local run = own_keys(ARGV[2])
local row = read(run)
if not row or row.holder ~= ARGV[4] then return 'lost 0' end
redis.call('HSET', run.row, 'lease_until', written(time_of(ARGV[1]) + tonumber(ARGV[3])))
return 'ok ' .. row.revision
