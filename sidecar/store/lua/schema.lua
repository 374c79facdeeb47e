-- schema: may a daemon of this version use what is stored? Note it if so.
-- KEYS[1] the schema hash; ARGV: version. 1: yes, 0: too old to read it.
local version = tonumber(ARGV[1])
local min_reader = tonumber(redis.call('HGET', KEYS[1], 'min_reader') or '1')
local writer = tonumber(redis.call('HGET', KEYS[1], 'writer') or '0')
if version < min_reader then
    return 0
end
if version > writer then
    redis.call('HSET', KEYS[1], 'min_reader', min_reader, 'writer', version)
end
return 1
