-- Puts a delivery into the inbox and claims the run. ARGV: time, run id, lease, claim?, workflow?, uid, new ('', '1' or
-- '0'), delivery id?, delivery, must hold, wanted, and '1' with changes or '0'.

local run = own_keys(ARGV[2])
local now, lease, claim_id = time_of(ARGV[1]), tonumber(ARGV[3]), text_of(ARGV[4])
local workflow, uid, new, delivery_id = text_of(ARGV[5]), ARGV[6], ARGV[7], text_of(ARGV[8])
local row = read(run)
local is_new = row == nil

if is_new then
  if not workflow or new == '0' or not (delivery_id or new == '1') then return {'unknown', 0, false} end
  row = {uid = uid, workflow = workflow, status = 'queued', is_open = '0', waiting_for = '[]', revision = '0'}
else
  if new == '1' and row.uid ~= uid then return {'exists', 0, stored(run)} end
  if workflow and workflow ~= row.workflow then return {'mismatch', 0, stored(run)} end
  if row.status == 'cancelled' then return {'cancelled', 0, stored(run)} end
end
local by = delivery_id and redis.call('HGET', run.seen, delivery_id)
if ARGV[10] == '1' and not by and not can_hold(row, claim_id, now) then
  return {'busy', 0, not is_new and stored(run)}
end

if is_new then
  local at = written(now)
  redis.call('HSET', run.row,
    'uid', uid, 'workflow', workflow, 'fingerprint', '', 'status', 'queued', 'is_open', '0', 'waiting_for', '[]',
    'rest', '[0,0,0,0,null]', 'revision', '0', 'lease_until', '0', 'takeovers', '0',
    'created', at, 'updated', at)
  redis.call('ZADD', run.runs, 0, run.id)
end
if delivery_id and not by then
  redis.call('HSET', run.seen, delivery_id, claim_id or '')
  local number = redis.call('HLEN', run.seen)
  redis.call('ZADD', run.inbox, number, number .. ':' .. ARGV[9])
end
local opens = is_new and claim_id and ARGV[12] == '1'
local verdict = claim(run, row, claim_id, ARGV[11] == '1' or opens, now, lease)
if opens then
  redis.call('DEL', run.inbox)
  write(run, row, 13, '', now, lease)
  redis.call('HDEL', run.row, 'last_op')
end
note_work(run, row)
return {verdict, by and by ~= claim_id and 1 or 0, stored(run)}
