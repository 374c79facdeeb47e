-- lock_release: give up a lease that is still ours.
-- KEYS[1] the lease; ARGV: token. 1: done, 0: it is not ours.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
return redis.call('DEL', KEYS[1])
