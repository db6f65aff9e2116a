-- Deletes runs that are over. KEYS: BASE. ARGV: time, the id to go on behind?, status?, age.
-- Gives how many, and the id to go on behind.

local now, after, status, age = time_of(ARGV[1]), text_of(ARGV[2]), text_of(ARGV[3]), tonumber(ARGV[4])

return walk(KEYS[1] .. ':runs', after and '(' .. after or '-', '+', 0, SOME, function(id)
  local run = keys_of(KEYS[1], id)
  local row = read(run)
  local is_over = row and (not status or status == row.status) and tonumber(row.updated) <= now - age
    and (row.status == 'cancelled' or (is_free(row, now) and row.is_open ~= '1' and not has_inbox(run)))
  if not is_over then return nil end
  note_waiting(run, row.waiting_for, '[]')
  redis.call('ZREM', run.runs, id)
  redis.call('ZREM', run.work, id)
  redis.call('UNLINK', run.row, run.inbox, run.events, run.seen)
  return 1
end)
