-- Closes a run for good. ARGV: time, run id, op.

local run = own_keys(ARGV[2])
local row = read(run)
if not row then return 'lost 0' end
if row.last_op ~= ARGV[3] then
  redis.call('HSET', run.row, 'status', 'cancelled', 'is_open', '0', 'waiting_for', '[]', 'last_op', ARGV[3],
    'updated', written(time_of(ARGV[1])))
  redis.call('HDEL', run.row, 'holder')
  redis.call('ZREM', run.work, run.id)
  note_waiting(run, row.waiting_for, '[]')
  row.revision = redis.call('HINCRBY', run.row, 'revision', 1)
end
return 'ok ' .. row.revision
