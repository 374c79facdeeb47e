-- New identity bytes for an edge session that is there.
-- ARGV: 1 edge key in hex  2 value
local live, refusal = live_read()
if refusal then
    return refusal
elseif redis.call('HEXISTS', KEYS[1], 'e:' .. ARGV[1]) == 0 then
    return { 'unknown' }
end
redis.call('HSET', KEYS[1], 'e:' .. ARGV[1], ARGV[2])
return { 'ok' }
