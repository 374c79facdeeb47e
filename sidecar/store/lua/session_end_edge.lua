-- One app host's session ends. ARGV: 1 edge key in hex
redis.call('HDEL', KEYS[1], 'e:' .. ARGV[1])
return { 'ok' }
