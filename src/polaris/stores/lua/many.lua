-- What the scripts that look at many runs share.

-- The keys of a run, and those of all runs.
local function keys_of(base, id)
  return {
    id = id, row = base .. ':run:' .. id, inbox = base .. ':inbox:' .. id, events = base .. ':events:' .. id,
    seen = base .. ':seen:' .. id, runs = base .. ':runs', work = base .. ':work', waiting = base .. ':waiting'
  }
end

-- Looks at some of the members of a sorted set, until `wanted` of them are found. A member is a run id behind some
-- bytes that are left out. Gives what was found and the id to go on behind; '' at the end.
local function walk(set, first, last, left_out, wanted, look)
  local members = redis.call('ZRANGEBYLEX', set, first, last, 'LIMIT', 0, SOME)
  local found, id = {}, ''
  for _, member in ipairs(members) do
    if #found == wanted then return {found, '=' .. id} end
    id = string.sub(member, left_out + 1)
    found[#found + 1] = look(id)
  end
  return {found, #members == SOME and '=' .. id or ''}
end

