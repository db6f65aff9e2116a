-- Begins, saves or ends. ARGV: time, run id, lease, claim, revision, op, '1' to end or '0', the number of the delivery
-- to take or '', and the changes. Gives receipt, revision, and the delivery to begin, with a space between.

local run = own_keys(ARGV[2])
local claim_id, op, ends = ARGV[4], ARGV[6], ARGV[7] == '1'
local found = redis.call('HMGET', run.row, 'revision', 'holder', 'last_op', 'waiting_for')
local row = {revision = found[1], holder = found[2], last_op = found[3], waiting_for = found[4]}
if not row.revision then return 'lost 0' end
local oldest = ends and redis.call('ZRANGE', run.inbox, 0, 0)[1]
if row.last_op ~= op then
  if row.holder ~= claim_id or row.revision ~= ARGV[5] then return 'lost 0' end
  write(run, row, 9, op, time_of(ARGV[1]), tonumber(ARGV[3]))
  if ARGV[8] ~= '' then redis.call('ZREMRANGEBYSCORE', run.inbox, ARGV[8], ARGV[8]) end
  if ends and not oldest then
    redis.call('HDEL', run.row, 'holder')
    row.holder = false
    note_work(run, row)
  end
end
if row.holder == claim_id then
  if not ends then return 'ok ' .. row.revision end
  if oldest then return 'next ' .. row.revision .. ' ' .. oldest end
end
if ends and (not row.holder or row.holder == claim_id) then return 'released ' .. row.revision end
return 'lost 0'
