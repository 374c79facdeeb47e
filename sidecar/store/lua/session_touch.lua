-- The session is used at an app host.
-- ARGV: 1 idle seconds  2 the same with remember-me  3 remember-me allowed
-- Gives: ok, idle until.
local live, refusal = live_read()
if refusal then
    return refusal
elseif live.remember == 1 and ARGV[3] == '0' then
    return { 'expired' }
end
live_use(live, ARGV[1], ARGV[2])
return { 'ok', text(live.idle) }
