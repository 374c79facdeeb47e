-- One more tab; old ones that ran out go, then the oldest above the cap.
-- ARGV: 1 tab id  2 sealed tab  3 seconds a tab lives before the first
--   answer  4 after it  5 most tabs
local value = redis.call('HGET', KEYS[1], 'root')
if not value then
    return { 'absent' }
end
local is_answered = cjson.decode(value).answered
local ttl = tonumber(is_answered and ARGV[4] or ARGV[3])
local kept = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, 2) == 't:' then
        local name = string.sub(field, 3)
        local _, saved = tab_head(redis.call('HGET', KEYS[1], field))
        if now >= saved + ttl then
            tab_drop(name)
        else
            kept[#kept + 1] = { name, saved }
        end
    end
end
table.sort(kept, function(a, b) return a[2] < b[2] end)
for i = 1, #kept - tonumber(ARGV[5]) + 1 do
    tab_drop(kept[i][1])
end
redis.call('HSET', KEYS[1], 't:' .. ARGV[1], tab_value(1, now, ARGV[2]))
if redis.call('TTL', KEYS[1]) < ttl then
    redis.call('EXPIRE', KEYS[1], ttl)
end
return { 'ok', string.format('%.0f', now) }
