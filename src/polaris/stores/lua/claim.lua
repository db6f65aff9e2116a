-- Takes a free run that has work. ARGV: time, run id, lease, claim, wanted, and the only fingerprints, if not any.

local run = own_keys(ARGV[2])
local row = read(run)
if not row then return {'unknown', 0, false} end
if #ARGV > 5 then
  local is_known = false
  for place = 6, #ARGV do is_known = is_known or row.fingerprint == ARGV[place] end
  if not is_known then return {'idle', 0, false} end
end
local verdict = claim(run, row, ARGV[4], ARGV[5] == '1', time_of(ARGV[1]), tonumber(ARGV[3]))
return {verdict, 0, stored(run)}
