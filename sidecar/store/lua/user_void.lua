-- Somebody takes over a reservation of this user: whatever its owner still
-- means to write fails from here on. Only an active user stays what it is;
-- the rest goes after a day, when no late writer can be left.
-- KEYS[1] user
local state = redis.call('HGET', KEYS[1], 'state')
redis.call('HINCRBY', KEYS[1], 'v', 1)
if state ~= 'active' then
    redis.call('HSET', KEYS[1], 'state', 'void')
    redis.call('EXPIRE', KEYS[1], 86400)
end
return { 'ok' }
