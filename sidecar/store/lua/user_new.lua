-- A user begins, pending. Never over a live one; over the remains of an
-- earlier try only where the caller may (an import that resumes).
-- KEYS[1] user. ARGV: 1 may resume ("1")  2... field, value, field, value
local state = redis.call('HGET', KEYS[1], 'state')
if state and (state == 'active' or ARGV[1] ~= '1') then
    return { 'conflict' }
end
local version = (tonumber(redis.call('HGET', KEYS[1], 'v')) or 0) + 1
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'v', string.format('%.0f', version),
    'state', 'pending', unpack(ARGV, 2))
return { 'ok', string.format('%.0f', version) }
