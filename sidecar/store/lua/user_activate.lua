-- A pending user becomes active, if nobody stepped in since.
-- KEYS[1] user. ARGV: 1 version it began with
local old = redis.call('HMGET', KEYS[1], 'v', 'state')
if old[1] ~= ARGV[1] or old[2] ~= 'pending' then
    return { 'conflict' }
end
local version = string.format('%.0f', tonumber(ARGV[1]) + 1)
redis.call('HSET', KEYS[1], 'v', version, 'state', 'active')
return { 'ok', version }
