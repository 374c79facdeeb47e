-- stream_last: the last id a stream ever gave, '0-0' where there is none.
-- KEYS[1] the stream.
if redis.call('EXISTS', KEYS[1]) == 0 then
    return '0-0'
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
        return info[i + 1]
    end
end
return redis.error_reply('ERR no last-generated-id')
