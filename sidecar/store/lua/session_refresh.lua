-- A refresh token is used: idle moves, the reuse rule is applied.
-- ARGV: 1 client id  2 idle seconds  3 the same with remember-me
--   4 client idle seconds  5 client's longest life  6 uses allowed of one
--   token, 0: any number  7 its jti  8 its reuse id, '' for none
--   9 jti of the next
-- Gives: ok, client session, idle until.

-- Only what this chain issued may come, each as often as allowed. A token
-- from before the rule was switched on starts a chain under its own jti.
local function chain_use(cs)
    local id = ARGV[8] ~= '' and ARGV[8] or ARGV[7]
    local chain
    for i, candidate in ipairs(cs.chains or {}) do
        if candidate[1] == id then
            chain = table.remove(cs.chains, i)
            break
        end
    end
    if not chain then
        if ARGV[8] ~= '' then
            return false
        end
        chain = { id, { { ARGV[7], 0 } } }
    end
    local tokens, at = chain[2], nil
    for i, token in ipairs(tokens) do
        at = token[1] == ARGV[7] and i or at
    end
    if not at or tokens[at][2] >= tonumber(ARGV[6]) then
        return false
    end
    tokens[at][2] = tokens[at][2] + 1
    if tokens[at][2] >= tonumber(ARGV[6]) then
        table.remove(tokens, at)        -- unknown is as good as used up
    end
    tokens[#tokens + 1] = { ARGV[9], 0 }
    if #tokens > 32 then
        table.remove(tokens, 1)
    end
    cs.chains = cs.chains or {}
    cs.chains[#cs.chains + 1] = chain
    cs.reuse = id
    return true
end

local live, refusal = live_read()
if refusal then
    return refusal
end
local field = 'c:' .. ARGV[1]
local cs = doc_read(field)
if not cs then
    return { 'client_gone' }
elseif client_is_over(cs) then
    return { cs.max > 0 and now >= cs.max and 'expired' or 'idle' }
end
cs.reuse = ''
if ARGV[6] ~= '0' and not chain_use(cs) then
    return { 'reused' }
end
cs.jti = ARGV[9]
client_use(cs, ARGV[4], ARGV[5])
live_use(live, ARGV[2], ARGV[3])
return { 'ok', doc_write(field, cs), text(live.idle) }
