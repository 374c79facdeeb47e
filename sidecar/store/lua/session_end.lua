-- The end: a tombstone takes the hash's place, and what the logout still
-- needs is written beside it in the same step.
-- ARGV: 1 seconds the tombstone lives  2 value of :x, '' for none
--   3 seconds :x lives
if redis.call('HEXISTS', KEYS[1], 'tomb') == 1 then
    return { 'ok' }
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'tomb', '1')
redis.call('EXPIRE', KEYS[1], ARGV[1])
if ARGV[2] ~= '' then
    redis.call('SET', KEYS[1] .. ':x', ARGV[2], 'EX', ARGV[3])
end
return { 'ok' }
