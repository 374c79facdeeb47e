-- Take back a user that did not become active.
-- KEYS[1] user. ARGV: 1 version it began with
local old = redis.call('HMGET', KEYS[1], 'v', 'state')
if old[1] ~= ARGV[1] or old[2] ~= 'pending' then
    return { 'conflict' }
end
redis.call('DEL', KEYS[1])
return { 'ok' }
