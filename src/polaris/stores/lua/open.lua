-- Makes the store, unless it is there. KEYS: schema, plans, runs, work, waiting. ARGV: version, whether it must be there.
-- Gives what was found: '' for nothing, 'foreign', or the version.

local kind = redis.call('TYPE', KEYS[1])['ok']
if kind == 'string' then return redis.call('GET', KEYS[1]) end
if kind ~= 'none' then return 'foreign' end
for place = 2, #KEYS do
  if redis.call('EXISTS', KEYS[place]) == 1 then return 'foreign' end
end
if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1]) end
return ''
