-- A code is used up by a failed attempt. ARGV: 1 code hash
local code = doc_read('k:' .. ARGV[1])
if code and not code.used then
    doc_write('k:' .. ARGV[1], { used = true, issued = code.issued,
                                 client = code.client,
                                 client_id = code.client_id })
end
return { 'ok' }
