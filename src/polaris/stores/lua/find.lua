-- Reads runs. KEYS: BASE. ARGV: time, limit, the id to go on behind?, key waited for?, status?, age or '', '1' if only
-- some workflows are wanted or '0', and these.

local now, after, key = time_of(ARGV[1]), text_of(ARGV[3]), text_of(ARGV[4])
local status, age = text_of(ARGV[5]), tonumber(ARGV[6])
local is_wanted = {}
for place = 8, #ARGV do is_wanted[ARGV[place]] = true end

local before = key and #key .. ':' .. key or ''
local first, last = '-', '+'
if after then first = '(' .. before .. after elseif key then first = '[' .. before end
if key then last = '(' .. before .. '\255' end

return walk(KEYS[1] .. (key and ':waiting' or ':runs'), first, last, #before, tonumber(ARGV[2]), function(id)
  local run = keys_of(KEYS[1], id)
  local row = read(run)
  local is_right = row and (ARGV[7] == '0' or is_wanted[row.workflow]) and (not status or status == row.status)
    and (not age or tonumber(row.updated) <= now - age)
  return is_right and stored(run) or nil
end)
