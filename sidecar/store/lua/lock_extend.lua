-- lock_extend: prolong a lease that is still ours.
-- KEYS[1] the lease; ARGV: token, seconds. 1: done, 0: it is not ours.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
