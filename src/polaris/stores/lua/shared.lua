-- What the scripts share: it is put before each of them. The rules are those of rules.py.
--
-- All that a script is given comes as one message, a list of texts: they are sent and taken apart faster so.
-- A value is a text that goes through unread. Texts that may be missing come as '' or '=' and the text. Times are
-- seconds, written with all their digits. Revisions are counted by the server, as whole numbers of 64 bits.
--
-- Keys, all under one hash tag, BASE:
--   BASE:schema           the version of this layout
--   BASE:plans            hash: fingerprint, plan
--   BASE:runs             sorted set of run ids
--   BASE:work             sorted set of the ids of runs that are held, or that have an open call or a queued delivery
--   BASE:waiting          sorted set: for each key that a run waits for, the length of the key, ':', the key, the run id
--   BASE:run:ID           hash: the row of the run, under 'c:' and a key its cell, under 'm:' and a builder its mark
--   BASE:inbox:ID         sorted set: number of a delivery, ':', the delivery
--   BASE:events:ID        list: time, ' ', the event
--   BASE:seen:ID          hash: delivery id, the claim it was accepted with

local ARGV = cmsgpack.unpack(ARGV[1])
local SOME = 1000

-- The keys of the run that the script was called for.
local function own_keys(id)
  return {
    id = id, row = KEYS[1], events = KEYS[2], waiting = KEYS[3], inbox = KEYS[4], work = KEYS[5], seen = KEYS[6],
    runs = KEYS[7]
  }
end

local function text_of(given)
  if given == '' then return nil end
  return string.sub(given, 2)
end

-- The time: that of the server, unless the caller has a clock.
local function time_of(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local function written(seconds)
  return string.format('%.17g', seconds)
end

local ROW = {
  'uid', 'workflow', 'fingerprint', 'status', 'is_open', 'waiting_for',
  'revision', 'holder', 'lease_until', 'last_claim', 'last_op', 'updated'
}
local function read(run)
  local found = redis.call('HMGET', run.row, unpack(ROW))
  if not found[1] then return nil end
  local row = {}
  for place, name in ipairs(ROW) do row[name] = found[place] end
  return row
end

-- All of a run, for the caller to put together.
local function stored(run)
  return {run.id, redis.call('HGETALL', run.row), redis.call('ZRANGE', run.inbox, 0, -1)}
end

local function has_inbox(run)
  return redis.call('EXISTS', run.inbox) == 1
end

local function is_free(row, now)
  return row.status ~= 'cancelled' and (not row.holder or tonumber(row.lease_until) < now)
end

local function can_hold(row, claim_id, now)
  if not claim_id then return false end
  return claim_id == row.holder or (is_free(row, now) and claim_id ~= row.last_claim)
end

-- Keeps the index of runs that may have to be taken over.
local function note_work(run, row)
  if row.holder or (row.status ~= 'cancelled' and (row.is_open == '1' or has_inbox(run))) then
    redis.call('ZADD', run.work, 0, run.id)
  else
    redis.call('ZREM', run.work, run.id)
  end
end

-- Keeps the index of what runs wait for. Names of keys are no values: they may be read.
local function note_waiting(run, before, after)
  if before == after then return end
  for _, key in ipairs(cjson.decode(before)) do
    redis.call('ZREM', run.waiting, #key .. ':' .. key .. run.id)
  end
  for _, key in ipairs(cjson.decode(after)) do
    redis.call('ZADD', run.waiting, 0, #key .. ':' .. key .. run.id)
  end
end

local function claim(run, row, claim_id, wanted, now, lease)
  if claim_id and claim_id == row.holder then
    redis.call('HSET', run.row, 'lease_until', written(now + lease))
    return 'claimed'
  end
  local has_work = wanted or row.is_open == '1' or has_inbox(run)
  if has_work and can_hold(row, claim_id, now) then
    row.revision = redis.call('HINCRBY', run.row, 'revision', 1)
    row.holder = claim_id
    redis.call('HSET', run.row, 'holder', claim_id, 'last_claim', claim_id, 'lease_until', written(now + lease))
    if row.is_open == '1' then redis.call('HINCRBY', run.row, 'takeovers', 1) end
    note_work(run, row)
    return 'claimed'
  end
  if row.status == 'cancelled' then return 'cancelled' end
  return has_work and 'queued' or 'idle'
end

-- Writes the changes that stand in ARGV from a place on: workflow, fingerprint, status, whether a call is open, what the
-- run waits for, the rest of the header; the number of texts about cells and marks, and these; and events, which get the
-- time. Keeps the index of what runs wait for; `row` is what was there.
local function write(run, row, place, op, now, lease)
  local status, is_open, waiting_for = ARGV[place + 2], ARGV[place + 3], ARGV[place + 4]
  local first, last = place + 7, place + 6 + tonumber(ARGV[place + 6])
  row.revision = string.format('%.0f', row.revision + 1)
  redis.call('HSET', run.row, 'workflow', ARGV[place], 'fingerprint', ARGV[place + 1], 'status', status,
    'is_open', is_open, 'waiting_for', waiting_for, 'rest', ARGV[place + 5], 'revision', row.revision,
    'lease_until', written(now + lease), 'updated', written(now), 'takeovers', '0',
    'last_op', op, unpack(ARGV, first, math.min(first + SOME - 1, last)))
  for more = first + SOME, last, SOME do
    redis.call('HSET', run.row, unpack(ARGV, more, math.min(more + SOME - 1, last)))
  end
  note_waiting(run, row.waiting_for, waiting_for)
  for event = last + 1, #ARGV do
    redis.call('RPUSH', run.events, written(now) .. ' ' .. ARGV[event])
  end
  row.status, row.is_open = status, is_open
end

