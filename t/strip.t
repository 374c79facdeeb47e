#!/usr/bin/perl

# What no client may send upstream: identity headers in any spelling, our cookies, Connection tokens, tunnels.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use IO::Socket::INET;
use Test::More;
use Test::Nginx;
use Test::AuthBroker;
use Test::Upstream;

my $t = Test::Nginx->new->has(qw/http proxy fastcgi access/)->plan(39);

$t->write_file_expand('nginx.conf', <<'EOF2');
%%TEST_GLOBALS%%
daemon on;
events { }
http {
    %%TEST_GLOBALS_HTTP%%
    auth_broker_socket unix:%%TESTDIR%%/none.sock;
    auth_broker_zone sessions:1m;
    auth_broker_timeout 100ms;
    underscores_in_headers on;
    ignore_invalid_headers off;
    proxy_http_version 1.1;
    proxy_set_header Connection $http_connection;
    proxy_set_header Upgrade $http_upgrade;

    server {
        listen 127.0.0.1:8080;
        server_name app.localhost localhost;
        auth_broker acme client=wiki;
        auth_broker_header X-Team blue;
        location / { proxy_pass http://127.0.0.1:8081; }
        location /off { auth_broker off; proxy_pass http://127.0.0.1:8081; }
        location /optional { auth_broker_mode optional; proxy_pass http://127.0.0.1:8081; }
        location /any { satisfy any; allow all; proxy_pass http://127.0.0.1:8081; }
        location /fcgi { auth_broker off; fastcgi_pass 127.0.0.1:8082; fastcgi_param REQUEST_METHOD $request_method; fastcgi_param QUERY_STRING $query_string; }
        location /early { auth_broker off; proxy_pass http://127.0.0.1:8081; }
        location @early { auth_broker off; proxy_pass http://127.0.0.1:8081; }
        error_page 414 @early;
        error_page 400 /early;
    }
    server {
        listen 127.0.0.1:8083;
        server_name other.localhost;
        location / { proxy_pass http://127.0.0.1:8081; }
    }
}
EOF2

Test::Upstream::start($t, port(8081));
$t->run_daemon(\&fastcgi_daemon, port(8082));
$t->waitforsocket('127.0.0.1:' . port(8082));
$t->run;

# Headers as the upstream got them.
sub sent {
    my ($path, $headers, %o) = @_;
    my $method = $o{method} // 'GET';
    return http_content(http(join("\r\n", "$method $path HTTP/1.1", 'Host: ' . ($o{host} // 'localhost'), 'Content-Length: 0', @$headers, ($o{open} ? () : 'Connection: close'), '', ''),
        PeerAddr => '127.0.0.1:' . port($o{port} // 8080))) // '';
}

# spelling of an identity header => nothing of it arrives (T-HD1)
my @spellings = ('X-Auth-User', 'x-auth-user', 'X_Auth_User', 'X-AUTH_USER', 'x_auth_groups', 'X-Auth-Roles', 'X-Auth-Sub', 'X-Auth-Email', 'X-Team', 'x_team',
    'X-Auth.User', 'X.Auth.User', 'X-Auth~User');
for my $name (@spellings) {
    unlike(sent('/off', ["$name: mallory"]), qr/mallory/, "$name is removed where auth_broker is off (T-HD1)");
}
unlike(sent('/optional', ['X-Auth-User: mallory']), qr/mallory/, 'and on an optional page without identity');
unlike(sent('/any', ['X-Auth-User: mallory']), qr/mallory/, 'and where `satisfy any; allow all` lets everybody in (T-HD8)');
unlike(sent('/', ['X-Auth-User: mallory'], port => 8083), qr/mallory/, 'and in a server that is not protected');
for my $method (qw(OPTIONS PUT DELETE POST PATCH)) {
    unlike(sent('/off', ['X-Auth-User: mallory'], method => $method), qr/mallory/, "and for $method (T-HD5)");
}

my $r = sent('/off', ['A: 1', 'X-Auth-User: mallory', 'B: 2', 'X-Auth-Email: mallory', 'X-Auth-Name: mallory', 'C: 3', 'X-Auth-Sub: mallory']);
like($r, qr/^A: 1$/m, 'what stands before a removed header stays');
like($r, qr/^B: 2.*^C: 3/ms, 'and what stands between');
unlike($r, qr/mallory/, 'several at once are removed');
$r = sent('/off', [(map { "X-Auth-User: mallory$_" } 1 .. 45), 'Z: 9']);
ok($r !~ /mallory/ && $r =~ /^Z: 9$/m, 'many, over several parts of the list');
$r = sent('/off', [(map { ("H$_: v$_", "X_Auth_User: mallory$_") } 1 .. 30)]);
is(scalar(() = $r =~ /^H\d+: v\d+$/mg), 30, 'thirty others among thirty spoofed ones all arrive');

like(sent('/fcgi', ['X-Good: 1']), qr/HTTP_X_GOOD=1/, 'FastCGI gets an ordinary header');
unlike(sent('/fcgi', ['X-Auth-User: mallory', 'X_Auth_User: mallory', 'X-AUTH_USER: mallory']), qr/mallory|HTTP_X_AUTH_USER/, 'and no spelling of an identity header (T-HD1)');

like(sent('/off', ['Cookie: a=1; auth=XX; b=2; auth-login=YY; __Host-auth=ZZ; authx=3']), qr/^Cookie: a=1; b=2; authx=3$/m, 'our cookies are cut out of Cookie (T-HD12)');
unlike(sent('/off', ['Cookie: auth=XX']), qr/cookie:/i, 'a Cookie header of nothing else is gone');
like(sent('/off', ['Cookie: auth=XX', 'Cookie: c=3']), qr/^Cookie: c=3$/m, 'of two Cookie headers the other stays');
like(sent('/', ['Cookie: a=1; auth=XX'], port => 8083), qr/cookie=a=1 uri/, 'also in a server that is not protected');

$r = sent('/off', ['Connection: close, X-Auth-User, Cookie', 'Cookie: a=1'], open => 1);
like($r, qr/^Connection: close$/m, 'Connection keeps what the protocol knows and nothing else (T-HD2)');
like($r, qr/^Cookie: a=1$/m, 'so a header named there is not lost');
$r = sent('/off', ['Connection: upgrade, close, HTTP2-Settings', 'Upgrade: h2c'], open => 1);
unlike($r, qr/h2c/, 'an Upgrade to h2c is removed (T-HD10)');
unlike($r, qr/HTTP2-Settings/, 'with its token');
like(sent('/off', ['Connection: upgrade, close', 'Upgrade: WebSocket'], open => 1), qr/^Upgrade: WebSocket$/m, 'one to websocket is not');

unlike(http("GET /" . 'x' x 9000 . " HTTP/1.1\r\nHost: localhost\r\nX-Auth-User: mallory\r\n\r\n"), qr/mallory/, 'an error before the phases: a named location sends nothing spoofed');
unlike(http("GET /off HTTP/1.1\r\nHost: localhost\r\nX-Auth-User: mallory\r\nHost: twice\r\n\r\n"), qr/mallory/, 'nor does an error page by internal redirect');

# ---- a FastCGI responder that answers with its parameters ----

sub fastcgi_daemon {
    my ($port) = @_;
    my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 8, ReuseAddr => 1) or die "fastcgi: $!\n";
    while (1) {
        my $c = $l->accept or next;
        my $params = '';
        while (read($c, my $head, 8) == 8) {
            my (undef, $type, undef, $len, $pad) = unpack 'CCnnC', $head;
            read $c, my $body, $len + $pad if $len + $pad;
            $params .= substr $body // '', 0, $len if $type == 4;
            last if $type == 5 && $len == 0;
        }
        my $text = '';
        my $at = 0;
        while ($at < length $params) {
            my @n;
            for (1 .. 2) {
                my $n = ord substr $params, $at, 1;
                if ($n & 0x80) { $n = unpack('N', substr $params, $at, 4) & 0x7fffffff; $at += 4 } else { $at++ }
                push @n, $n;
            }
            $text .= substr($params, $at, $n[0]) . '=' . substr($params, $at + $n[0], $n[1]) . "\n";
            $at += $n[0] + $n[1];
        }
        my $out = "Content-Type: text/plain\r\n\r\n$text";
        print $c pack('CCnnCC', 1, 6, 1, length $out, 0, 0) . $out . pack('CCnnCC', 1, 6, 1, 0, 0, 0) . pack('CCnnCC', 1, 3, 1, 8, 0, 0) . "\0" x 8;
        close $c;
    }
}
