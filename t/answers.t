#!/usr/bin/perl

# What crosses back from an app, and who may share it: cookies, caches, WebSockets, preflights, cookie names.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy cache rewrite/)->plan(36);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf(http => <<'HTTP', server => <<'END');
    proxy_cache_path %%TESTDIR%%/cache keys_zone=pages:1m;
    proxy_http_version 1.1;
    server {                            # the same app behind a TLS balancer
        listen 127.0.0.1:8084;
        server_name app1.localhost;
        auth_broker acme client=wiki;
        auth_broker_origin https://app1.localhost;
        location / { proxy_pass http://127.0.0.1:8081; }
    }
    server {                            # another client of the realm
        listen 127.0.0.1:8085;
        server_name app3.localhost;
        auth_broker acme client=pay;
        location / { proxy_pass http://127.0.0.1:8081; }
    }
    server {                            # an unknown realm
        listen 127.0.0.1:8086;
        server_name app1.localhost;
        auth_broker nonesuch client=wiki;
        location / { proxy_pass http://127.0.0.1:8081; }
    }
HTTP
        location / { proxy_pass http://127.0.0.1:8081; }
        location /cached { proxy_cache pages; proxy_cache_key $uri; proxy_cache_valid 200 1m; proxy_ignore_headers Set-Cookie; proxy_pass http://127.0.0.1:8081; }
        location /shared { auth_broker_shared_cache on; proxy_cache pages; proxy_cache_key "$uri $auth_broker_sub"; proxy_cache_valid 200 1m; add_header X-Cache $upstream_cache_status; proxy_pass http://127.0.0.1:8081; }
        location /mixed { auth_broker_mode optional; proxy_cache pages; proxy_cache_key $uri; proxy_cache_valid 200 1m; add_header X-Cache $upstream_cache_status; proxy_pass http://127.0.0.1:8081; }
        location /ws { proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; proxy_pass http://127.0.0.1:8081; }
        location /redirect { auth_broker_unauthenticated redirect; proxy_pass http://127.0.0.1:8081; }
        location /401 { auth_broker_unauthenticated 401; proxy_pass http://127.0.0.1:8081; }
END
$ab->run;

my $app = 'http://app1.localhost:' . port(8080);
my ($alice, $bob, $stranger) = map { $ab->browser } 1 .. 3;
$alice->submit($alice->get("$app/"), { username => 'alice', password => 'alice-pw' });
$bob->submit($bob->get("$app/"), { username => 'bob', password => 'bob-pw' });
my ($cookie) = $alice->cookies_for('app1.localhost', '/') =~ /\bauth=([^;]+)/;

# ---- Set-Cookie of an app ----
my $r = $alice->once('GET', "$app/x?set=Set-Cookie%3A__Host-auth%3Devil&set=Set-Cookie%3Aauth%3Devil;Path%3D/&set=Set-Cookie%3Aauth-login%3Devil&set=Set-Cookie%3Aapp%3D1");
is(join(' ', @{ $r->{set_cookies} }), 'app=1', 'an app cannot set our cookies (T-SE16), only its own');
is($alice->once('GET', "$app/")->{status}, 200, 'and alice is still alice');

# ---- caches ----
is($r->{headers}{'cache-control'}, 'private', 'an answer let in by identity is private');
$r = $alice->once('GET', "$app/x?set=Cache-Control%3Amax-age%3D9");
is($r->{headers}{'cache-control'}, 'max-age=9', 'unless the app said something itself');
like($alice->once('GET', "$app/cached")->{body}, qr/^user=alice /, 'a page behind proxy_cache');
like($bob->once('GET', "$app/cached")->{body}, qr/^user=bob /, 'is never another user\'s (T-PM12)');
like($alice->once('GET', "$app/cached")->{body}, qr/^user=alice /, 'nor the other way round (T-PM12)');
$alice->once('GET', "$app/shared");
$r = $alice->once('GET', "$app/shared");
is($r->{headers}{'x-cache'}, 'HIT', 'with shared_cache on it is stored');
like($bob->once('GET', "$app/shared")->{body}, qr/^user=bob /, 'by a key that names the user');
is($alice->once('GET', "$app/mixed")->{headers}{'x-cache'}, 'MISS', 'an optional page of somebody signed in');
$r = $stranger->once('GET', "$app/mixed");
is($r->{headers}{'x-cache'}, 'MISS', 'is not stored for strangers');
like($r->{body}, qr/^user= /, 'who are nobody there');

# ---- WebSockets ----
sub ws { my ($b, @more) = @_; return $b->once('GET', "$app/ws", headers => { connection => 'upgrade, close', upgrade => 'websocket', @more })->{status} }
is(ws($alice, origin => $app), 200, 'an Upgrade from our own origin');
is(ws($alice, origin => 'https://evil.example'), 403, 'from a foreign one (T-SE17)');
is(ws($alice, origin => 'null'), 403, 'from none that has a name (T-SE17)');
is(ws($alice), 403, 'without Origin (T-SE17)');
is(ws($alice, origin => 'http://app2.localhost:' . port(8080)), 403, 'from a sibling (T-SE17)');
is(ws($stranger, origin => $app), 401, 'a stranger\'s gets 401 and no redirect');

# ---- who is redirected ----
sub code { my ($b, $path, $method, %h) = @_; return $b->once($method, "$app$path", headers => { %h }, ($method eq 'POST' ? (body => '') : ()))->{status} }
is(code($stranger, '/', 'GET'), 302, 'a page visit');
is(code($stranger, '/', 'HEAD'), 302, 'HEAD too');
is(code($stranger, '/', 'POST'), 401, 'not a POST');
is(code($stranger, '/', 'GET', 'sec-fetch-mode' => 'cors', 'sec-fetch-dest' => 'empty'), 401, 'not a fetch');
is(code($stranger, '/', 'GET', 'sec-fetch-dest' => 'iframe'), 401, 'not a frame');
is(code($stranger, '/', 'GET', 'sec-fetch-mode' => undef, 'sec-fetch-dest' => undef, accept => 'image/png'), 401, 'not an image of an old browser');
is(code($stranger, '/redirect', 'GET', 'sec-fetch-mode' => 'cors', 'sec-fetch-dest' => 'empty'), 302, 'unless the location says redirect');
is(code($stranger, '/401', 'GET'), 401, 'none where it says 401');
for my $h ([], [ 'access-control-request-method' => 'PUT' ], [ origin => $app ], [ 'x-forwarded-method' => 'GET', 'x-http-method-override' => 'GET' ]) {
    $r = $stranger->once('OPTIONS', "$app/", headers => {@$h, origin => 'https://evil.example' });
    is($r->{headers}{'x-up'} // "none $r->{status}", 'none 401', 'a preflight never reaches the app (T-PM13)');
}

# ---- whose cookie ----
sub at { my ($port, $host, $c) = @_; return $stranger->once('GET', "http://$host:" . port($port) . '/', headers => { cookie => $c, 'sec-fetch-mode' => 'cors', 'sec-fetch-dest' => 'empty' })->{status} }
is(at(8080, 'app1.localhost', "auth=$cookie"), 200, 'the cookie works where it was made');
is(at(8080, 'app1.localhost', "auth=$cookie; auth=" . 'A' x 78), 401, 'two different ones are ambiguous (T-SE10)');
is(at(8084, 'app1.localhost', "auth=$cookie"), 401, 'its plain name is not read where the origin is https (T-SE19)');
is(at(8084, 'app1.localhost', "__Host-auth=$cookie"), 401, 'nor is a session of another origin accepted there');
is(at(8085, 'app3.localhost', "auth=$cookie"), 401, 'nor at another client (T-CD1)');
is(at(8086, 'app1.localhost', "auth=$cookie"), 503, 'a realm that nobody knows cannot be asked');
