-- Save a tab over the version that was read. The first answer ends the short
-- first life.
-- ARGV: 1 tab id  2 version read  3 sealed tab  4 hash of its code, '' for
--   none  5 is an answer (0, 1)  6 seconds it lives after an answer
-- Gives: ok, version.
local field = 't:' .. ARGV[1]
local got = redis.call('HMGET', KEYS[1], 'root', field)
if not got[1] or not got[2] then
    return { 'absent' }
end
local version, saved = tab_head(got[2])
if version ~= tonumber(ARGV[2]) then
    return { 'conflict' }
end
if ARGV[5] == '1' then
    saved = now
    local root = cjson.decode(got[1])
    if not root.answered then
        root.answered = true
        redis.call('HSET', KEYS[1], 'root', cjson.encode(root))
    end
    redis.call('EXPIRE', KEYS[1], ARGV[6])
end
redis.call('HSET', KEYS[1], field, tab_value(version + 1, saved, ARGV[3]))
if ARGV[4] == '' then
    redis.call('HDEL', KEYS[1], 'k:' .. ARGV[1])
else
    redis.call('HSET', KEYS[1], 'k:' .. ARGV[1], ARGV[4])
end
return { 'ok', string.format('%.0f', version + 1) }
