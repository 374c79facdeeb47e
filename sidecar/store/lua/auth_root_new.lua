-- A browser's first visit. ARGV: 1 root as JSON  2 seconds it lives
if redis.call('EXISTS', KEYS[1]) == 1 then
    return { 'taken' }
end
redis.call('HSET', KEYS[1], 'root', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return { 'ok', string.format('%.0f', now) }
