-- Change fields of an active user whose version is still the one read.
-- KEYS[1] user. ARGV: 1 version  2... field, value, field, value
local old = redis.call('HMGET', KEYS[1], 'v', 'state')
if old[2] ~= 'active' then
    return { 'absent' }
end
if old[1] ~= ARGV[1] then
    return { 'conflict' }
end
local version = string.format('%.0f', tonumber(ARGV[1]) + 1)
redis.call('HSET', KEYS[1], 'v', version, unpack(ARGV, 2))
return { 'ok', version }
