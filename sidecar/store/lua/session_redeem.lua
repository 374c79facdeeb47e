-- A code becomes a client session and, for an app host, its edge session.
-- ARGV: 1 code hash  2 client id  3 idle seconds  4 the same with remember-me
--   5 client idle seconds  6 client's longest life  7 chain id, '' for none
--   8 first refresh jti  9 edge key in hex, '' for none  10 its value
--   11 most clients  12 most edge sessions  13 most bytes of edge sessions
-- Gives: ok, client session, idle until.
local live, refusal = live_read()
if refusal then
    return refusal
end
local code = doc_read('k:' .. ARGV[1])
if not code or not code.used and now >= code.exp then
    return { 'code' }
elseif code.used then
    return { 'used' }
elseif code.client ~= ARGV[2] then
    return { 'client_other' }
end
doc_write('k:' .. ARGV[1], { used = true, issued = code.issued,
                             client = code.client,
                             client_id = code.client_id })
live_use(live, ARGV[3], ARGV[4])

local field = 'c:' .. ARGV[2]
local cs = client_open(field, code, ARGV[11], ARGV[5], ARGV[6])
chain_add(cs, ARGV[7], ARGV[8])

-- Forget keys of edge sessions that went; the oldest make room.
local function edge_room(size)
    local all, bytes = {}, size
    for _, name in ipairs(fields('c:')) do
        local doc = name == field and cs or doc_read(name)
        for _, edge in ipairs(doc.e or {}) do
            local len = redis.call('HSTRLEN', KEYS[1], 'e:' .. edge[1])
            if len > 0 then
                all[#all + 1] = { 'e:' .. edge[1], edge[2], len }
                bytes = bytes + len
            end
        end
    end
    table.sort(all, function(a, b) return a[2] < b[2] end)
    for i = 1, #all do
        if #all - i + 1 < tonumber(ARGV[12]) and bytes <= tonumber(ARGV[13]) then
            return
        end
        redis.call('HDEL', KEYS[1], all[i][1])
        bytes = bytes - all[i][3]
    end
end

local edges = {}
for _, edge in ipairs(cs.e or {}) do
    if redis.call('HEXISTS', KEYS[1], 'e:' .. edge[1]) == 1 then
        edges[#edges + 1] = edge
    end
end
cs.e = edges
if ARGV[9] ~= '' then
    edge_room(#ARGV[10])
    redis.call('HSET', KEYS[1], 'e:' .. ARGV[9], ARGV[10])
    cs.e[#cs.e + 1] = { ARGV[9], now }
end
return { 'ok', doc_write(field, cs), text(live.idle) }
