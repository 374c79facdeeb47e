-- An index of sessions by expiry: one more, those that ran out go.
-- KEYS[1] sorted set. ARGV: 1 session  2 until (epoch seconds)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('EXPIREAT', KEYS[1], string.format('%.0f', tonumber(last[2])))
return { 'ok' }
