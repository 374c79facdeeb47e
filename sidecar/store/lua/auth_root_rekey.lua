-- Another secret for the cookie. ARGV: 1 hash of the old  2 hash of the new
local value = redis.call('HGET', KEYS[1], 'root')
if not value then
    return { 'absent' }
end
local root = cjson.decode(value)
if root.secret ~= ARGV[1] then
    return { 'conflict' }
end
root.secret = ARGV[2]
redis.call('HSET', KEYS[1], 'root', cjson.encode(root))
return { 'ok' }
