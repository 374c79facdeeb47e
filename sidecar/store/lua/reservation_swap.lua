-- Compare and set. KEYS[1] reservation. ARGV: 1 value read  2 value to put
-- there, empty to remove it
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return { 'conflict' }
end
if ARGV[2] == '' then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], ARGV[2])
end
return { 'ok' }
