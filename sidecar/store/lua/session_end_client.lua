-- One client's part of the session ends. ARGV: 1 client_id
for _, field in ipairs(fields('c:')) do
    local cs = doc_read(field)
    if cs.client_id == ARGV[1] then
        client_drop(field, cs)
    end
end
return { 'ok' }
