-- A sign-in: a new session, or one more client or code of a living one.
-- ARGV: 1 sso, '' for a living session  2 user version  3 remember (0, 1)
--   4 idle seconds  5 the same with remember-me  6 longest life in seconds
--   7 code hash, '' for none  8 JSON of code or client session  9 code seconds
--   10 most codes  11 client id  12 most clients  13 client idle seconds
--   14 client's longest life  15 chain id, '' for none  16 first refresh jti
-- Gives: ok, started, idle until, max until.
local function code_room(cap)
    local kept = {}
    for _, field in ipairs(fields('k:')) do
        local code = doc_read(field)
        if not code.used and now >= code.exp then
            redis.call('HDEL', KEYS[1], field)
        else
            kept[#kept + 1] = { field, code.issued + (code.used and 0 or 1e6) }
        end
    end
    -- Used ones only tell a replay; they make room first, oldest first.
    table.sort(kept, function(a, b) return a[2] < b[2] end)
    for i = 1, #kept - tonumber(cap) + 1 do
        redis.call('HDEL', KEYS[1], kept[i][1])
    end
end

local live, refusal
if ARGV[1] ~= '' then
    if redis.call('EXISTS', KEYS[1]) == 1 then
        return { 'taken' }
    end
    redis.call('HSET', KEYS[1], 'sso', ARGV[1])
    live = { version = 0, max = now + tonumber(ARGV[6]), started = now,
             remember = tonumber(ARGV[3]) }
else
    live, refusal = live_read()
    if refusal then
        return refusal
    end
end
live.version = math.max(live.version, tonumber(ARGV[2]))
live_use(live, ARGV[4], ARGV[5])

local doc = cjson.decode(ARGV[8])
if ARGV[7] ~= '' then
    code_room(ARGV[10])
    doc.issued, doc.exp = now, now + tonumber(ARGV[9])
    doc_write('k:' .. ARGV[7], doc)
else
    local field = 'c:' .. ARGV[11]
    local cs = client_open(field, doc, ARGV[12], ARGV[13], ARGV[14])
    chain_add(cs, ARGV[15], ARGV[16])
    doc_write(field, cs)
end
return { 'ok', text(live.started), text(live.idle), text(live.max) }
