-- Looks for runs that a claim may take, or has. KEYS: BASE. ARGV: time, claim, limit, the id to go on behind?, and
-- fingerprints. Nothing is written: each run is then claimed by itself.

local now, claim_id, after = time_of(ARGV[1]), ARGV[2], text_of(ARGV[4])
local is_known = {}
for place = 5, #ARGV do is_known[ARGV[place]] = true end

return walk(KEYS[1] .. ':work', after and '(' .. after or '-', '+', 0, tonumber(ARGV[3]), function(id)
  local row = read(keys_of(KEYS[1], id))
  return row and is_known[row.fingerprint] and can_hold(row, claim_id, now) and id or nil
end)
