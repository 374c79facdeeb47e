-- The user changed; never backwards. ARGV: 1 user version
local live, refusal = live_read()
if refusal then
    return refusal
end
if tonumber(ARGV[1]) > live.version then
    live.version = tonumber(ARGV[1])
    live_write(live)
end
return { 'ok' }
