-- Take a tab's code, once. The version moves, so that a save begun before
-- cannot bring the code back. ARGV: 1 tab id  2 hash of the code
-- Gives: ok, version.
local got = redis.call('HMGET', KEYS[1], 't:' .. ARGV[1], 'k:' .. ARGV[1])
if not got[1] or got[2] ~= ARGV[2] then
    return { 'page' }
end
local version, saved, rest = tab_head(got[1])
redis.call('HDEL', KEYS[1], 'k:' .. ARGV[1])
redis.call('HSET', KEYS[1], 't:' .. ARGV[1],
    tab_value(version + 1, saved, string.sub(got[1], rest)))
return { 'ok', string.format('%.0f', version + 1) }
