#!/usr/bin/perl

# Floods of strangers cost the store nothing and evict nobody (T-DO1, T-DO2, T-DO3, T-SE9). AB_SOAK=1 for the full counts.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use IO::Select;
use MIME::Base64 qw(encode_base64url decode_base64url);

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->plan(23);
my $ab = Test::AuthBroker->new($t, no_realm => 1);
$ab->add_realm($ab->default_realm(accessTokenLifespan => 7200));      # the full counts take many minutes
my $many = $ENV{AB_SOAK} ? 1_000_000 : 10_000;
$ab->simple_conf(server => <<'EOC', http => 'keepalive_requests 2000000; keepalive_time 4h; access_log off; error_log /dev/null crit;');
add_header X-Cache $auth_broker_cache always;
location / { proxy_pass http://127.0.0.1:8081; }
location /api/ { auth_broker_accept bearer; auth_broker_audience https://api.example.com; proxy_pass http://127.0.0.1:8081; }
EOC
$t->write_file('nginx.conf', $t->read_file('nginx.conf') =~ s/sessions:8m/sessions:1m/r);
$ab->run;
my $app1 = $ab->app;
my $host = 'app1.localhost:' . port(8080);

# Requests over one connection, a hundred at a time; how often each status came.
sub flood {
    my ($peer, $n, $make) = @_;
    my $s = ref $peer ? IO::Socket::UNIX->new(Peer => $$peer) : IO::Socket::INET->new(PeerAddr => $peer);
    my %seen;
    my ($sent, $got, $buffer) = (0, 0, '');
    while ($got < $n) {
        if ($got == $sent) {
            my $batch = $n - $sent < 100 ? $n - $sent : 100;
            print $s join '', map { $make->($sent + $_) } 1 .. $batch;
            $s->flush;
            $sent += $batch;
        }
        last unless IO::Select->new($s)->can_read(20);
        sysread $s, $buffer, 262144, length $buffer or last;
        while ($buffer =~ /\AHTTP\/1\.1 (\d+).*?\r\n\r\n/s) {
            my ($status, $head) = ($1, $&);
            my $length = $head =~ /content-length: (\d+)/i ? $1 : 0;
            last if length $buffer < length($head) + $length;
            substr $buffer, 0, length($head) + $length, '';
            $seen{$status}++;
            $got++;
        }
    }
    return { %seen };
}
sub random_text { my ($n) = @_; my @a = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_'); return join '', map { $a[rand 64] } 1 .. $n }

# Reads and writes of data: what the daemon does by itself is not among them.
sub store_calls {
    my $calls = $ab->redis_calls;
    delete @$calls{qw(info ping time xread xinfo|stream xtrim client config|get hello command auth select xrevrange)};
    my $sum = 0;
    $sum += $_ for values %$calls;
    return $sum;
}

my $b = $ab->browser;
$ab->sign_in($b, "$app1/", 'alice', 'alice-pw');
sub is_hit { return ($b->once('GET', "$app1/")->{headers}{'x-cache'} // '') eq 'HIT' }
ok(Test::AuthBroker::wait_until(\&is_hit, 10), 'one session is known');
my $lines = "Host: $host\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
my $app = '127.0.0.1:' . port(8080);

# ---- cookies (T-DO1) ----

my $before = store_calls();
my $seen = flood($app, $many, sub { "GET /$_[0] HTTP/1.1\r\n${lines}Cookie: auth=" . random_text(78) . "\r\n\r\n" });
is($seen->{302}, $many, "$many random cookies: all are sent to sign in (T-DO1)");
is(store_calls() - $before, 0, 'without one question to Redis (T-DO1)');
ok(is_hit(), 'the session is still known');

# ---- login starts (T-DO2, T-SE9) ----

$before = store_calls();
$seen = flood($app, $many, sub { "GET /start$_[0] HTTP/1.1\r\n$lines\r\n" });
is($seen->{302}, $many, "$many login starts (T-DO2)");
is(store_calls() - $before, 0, 'cost the store nothing (T-DO2)');
ok(is_hit(), 'and evict no session (T-SE9)');
$seen = flood($app, $many / 10, sub { "GET /.auth/callback?code=$_[0]&state=" . random_text(250) . " HTTP/1.1\r\n$lines\r\n" });
is($seen->{400}, $many / 10, 'forged callbacks');
is(store_calls() - $before, 0, 'cost it nothing either');

# ---- bearers (T-DO3) ----

my $good = $ab->token('alice', 'alice-pw')->{access_token};
my ($head, $payload) = split /\./, $good;
my $claims = decode_base64url($payload);
$before = store_calls();
$seen = flood($app, $many, sub { "GET /api/ HTTP/1.1\r\nHost: $host\r\nAuthorization: Bearer $head.$payload." . random_text(342) . "\r\n\r\n" });
is($seen->{401}, $many, "$many random bearers (T-DO3)");
is(store_calls() - $before, 0, 'cost the store nothing (T-DO3)');
ok(is_hit(), 'and evict nobody (T-DO3)');
is($b->once('GET', "$app1/api/", headers => { Authorization => "Bearer $good" })->{status}, 200, 'the right one still counts');
$seen = flood($app, $many / 10, sub { my $k = encode_base64url(qq({"alg":"RS256","kid":"$_[0]","typ":"JWT"})); "GET /api/ HTTP/1.1\r\nHost: $host\r\nAuthorization: Bearer $k.$payload." . random_text(342) . "\r\n\r\n" });
is($seen->{401}, $many / 10, 'as many unknown keys');
cmp_ok(store_calls() - $before, '<', 50, 'are no storm (T-BE14)');

# ---- first pages at the realm: small, short-lived, bounded (T-DO2) ----

my %answered = map { $_ => 1 } grep { length } $ab->redis('--scan', '--pattern', 'ab:{a:*');
my $pages = $ENV{AB_SOAK} ? 40_000 : 400;
my $uri = "http%3A%2F%2Fapp1.localhost%3A@{[port(8080)]}%2F.auth%2Fcallback";
my $ask = "GET /realms/acme/protocol/openid-connect/auth?response_type=code&scope=openid&client_id=wiki&state=s&code_challenge=" . 'c' x 43 . "&code_challenge_method=S256&redirect_uri=$uri HTTP/1.1\r\nHost: id.localhost:$ab->{id_port}\r\n";
$seen = flood(\$ab->{web}, $pages, sub { "$ask\r\n" });
cmp_ok(($seen->{200} // 0) + ($seen->{503} // 0), '==', $pages, "$pages first pages are answered");
sub roots { return grep { length } $ab->redis('--scan', '--pattern', 'ab:{a:*') }
my @roots = grep { !$answered{$_} } roots();
cmp_ok(scalar @roots, '<=', 30_000, 'and bounded in number');
cmp_ok(scalar(grep { my $ttl = $ab->redis('ttl', $_); $ttl > 300 || $ttl < 0 } @roots[0 .. 9]), '==', 0, 'each lives 300 s until its first answer');
cmp_ok($ab->redis('memory', 'usage', $roots[0]), '<', 4096, 'and is small');
my $one = $ab->browser;
my $r = $one->get("$app1/");
my $cookies = $one->cookies_for('id.localhost', '/realms/acme/');
$seen = flood(\$ab->{web}, 350, sub { "${ask}Cookie: $cookies\r\n\r\n" });
my ($id) = $one->cookie('id.localhost', 'AUTH_SESSION_ID') =~ /^([^.]+)/;
my @tabs = grep { /^t:/ } map { $ab->redis('hkeys', $_) } grep { index($_, $id) >= 0 } roots();
cmp_ok(scalar @tabs, '<=', 300, 'one browser has at most 300 tabs');
cmp_ok(scalar @tabs, '>', 100, 'and as many as that');
is($b->once('GET', "$app1/")->{status}, 200, 'who is signed in stays signed in');
like($ab->sign_in($ab->browser, $ab->app('app2') . '/', 'bob', 'bob-pw')->{body}, qr/user=bob/, 'and others sign in');
