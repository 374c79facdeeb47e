#!/usr/bin/perl

# Bearer tokens: which count where, and what is never one.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url decode_base64url);

my $t = Test::Nginx->new->has(qw/http proxy rewrite/);
my $ab = Test::AuthBroker->new($t, no_realm => 1);
my $T = JSON::PP::true;
my $json = JSON::PP->new->canonical->utf8;

sub audience { my ($a) = @_; return [ { name => 'aud', protocol => 'openid-connect', protocolMapper => 'oidc-audience-mapper',
    config => { 'included.custom.audience' => $a, 'access.token.claim' => 'true' } } ] }
sub person { my ($n, %more) = @_; return { username => $n, enabled => $T, email => "$n\@acme.example", emailVerified => $T, firstName => 'F', lastName => 'L',
    credentials => [ { type => 'password', value => 'pw' } ], %more } }
my @people = (person('carol', realmRoles => [ 'default-roles-acme', 'admin' ]), person('dave', clientRoles => { wiki => ['admin'] }));
my $realm = $ab->default_realm;
push @{ $realm->{users} }, @people;
push @{ $realm->{clients} }, { clientId => 'two', secret => 'api-secret', directAccessGrantsEnabled => $T, protocolMappers => audience('https://two.example.com') },
    { clientId => 'brief', secret => 'api-secret', directAccessGrantsEnabled => $T, protocolMappers => audience('https://api.example.com'), attributes => { 'access.token.lifespan' => '1' } };
$ab->add_realm($realm);
$ab->add_realm({ %$realm, realm => 'other', users => [ person('admin'), person('alice') ], groups => [] });

my $up = 'proxy_pass http://127.0.0.1:8081;';
$ab->simple_conf(server => <<"EOC", http => <<"EOC2");
add_header X-Reason \$auth_broker_reason always;
location / { $up }
location /api/ { auth_broker_accept bearer; auth_broker_audience https://api.example.com; $up }
location /two/ { auth_broker_accept bearer; auth_broker_audience https://two.example.com; $up }
location /both/ { auth_broker_accept both; auth_broker_audience https://api.example.com; $up }
location /admin/ { auth_broker_accept bearer; auth_broker_audience https://api.example.com; auth_broker_require role=admin; $up }
location /wadmin/ { auth_broker_accept bearer; auth_broker_audience https://api.example.com; auth_broker_require role=wiki:admin; $up }
location /opt/ { auth_broker_accept both; auth_broker_mode optional; auth_broker_audience https://api.example.com; $up }
EOC
server { listen 127.0.0.1:8080; server_name app3.localhost; auth_broker acme client=pay; auth_broker_pass user; location / { $up } }
server { listen 127.0.0.1:8080; server_name other.localhost; auth_broker other client=wiki; auth_broker_pass user; auth_broker_accept bearer; auth_broker_audience https://api.example.com;
    add_header X-Reason \$auth_broker_reason always; location / { $up } }
EOC2
$t->plan(86);
$ab->run;

my $app = $ab->app;
my %api = ('Sec-Fetch-Mode' => 'cors', 'Sec-Fetch-Dest' => 'empty', Accept => '*/*');
my $plain = $ab->browser;
sub with { my ($path, $token, %o) = @_; return $plain->once('GET', ($o{app} // $app) . $path, headers => { %api, defined $token ? (Authorization => ($o{scheme} // 'Bearer') . " $token") : () }) }
sub part { my ($v) = @_; return encode_base64url(ref $v ? $json->encode($v) : $v) }
sub split_token { my ($token) = @_; my ($h, $p, $s) = split /\./, $token; return ($json->decode(decode_base64url($h)), $json->decode(decode_base64url($p)), $s) }

my $tokens = $ab->token('alice', 'alice-pw');
my $good = $tokens->{access_token};
ok($good, 'the password grant gives a token');
my ($head, $body, $sig) = split_token($good);

# ---- right ----

my $r = with('/api/x', $good);
is($r->{status}, 200, 'the token opens its audience');
like($r->{body}, qr/user=alice email=alice\@acme\.example groups=\S* roles=\S*editor/, 'with the identity of its claims');
like($r->{body}, qr/auth=Bearer \Q$good\E/, 'and goes upstream unchanged');
is(with('/api/x', $good, scheme => 'bEARER')->{status}, 200, 'the scheme has no case');
$r = with('/api/x', undef);
is("$r->{status} $r->{headers}{'www-authenticate'}", '401 Bearer realm="acme"', 'without one: 401 and a challenge without error (RFC 6750 3.1)');

# ---- wrong: each is tried right after a hit of the right one, and the right one again after it (T-BE5) ----

$t->write_file('evil.pem', scalar `openssl genrsa 2048 2>/dev/null`);
my ($certs) = eval { $json->decode($plain->once('GET', "$ab->{base}/realms/acme/protocol/openid-connect/certs")->{body}) };
my ($jwk) = grep { $_->{kid} eq $head->{kid} } @{ $certs->{keys} };

sub forge {
    my ($h, $p) = @_;
    my $input = part($h) . '.' . part($p);
    $t->write_file('in', $input);
    my $dir = $t->testdir;
    my $s = `openssl dgst -sha256 -sign $dir/evil.pem $dir/in`;
    return "$input." . encode_base64url($s);
}
sub hs { my ($key) = @_; my $input = part({ %$head, alg => 'HS256' }) . '.' . part($body); return "$input." . encode_base64url(hmac_sha256($input, $key)) }
sub flip { my ($v, $at) = @_; substr($v, $at, 1) = substr($v, $at, 1) eq 'A' ? 'B' : 'A'; return $v }

my $foreign = Test::AuthBroker::Browser->new->post("$ab->{base}/realms/other/protocol/openid-connect/token",
    { grant_type => 'password', client_id => 'api', client_secret => 'api-secret', username => 'admin', password => 'pw', scope => 'openid' });
my $admin = $json->decode($foreign->{body})->{access_token};
my $session = $ab->browser;
$ab->sign_in($session, "$app/", 'alice', 'alice-pw');
my $cookie = $session->cookie('app1.localhost', 'auth');

my @wrong = (
    [ 'garbage (T-BE1)', 'garbage', 'token_format' ],
    [ 'two parts', join('.', (split /\./, $good)[0, 1]), 'token_format' ],
    [ 'four parts', "$good.x", 'token_format' ],
    [ 'no signature (T-BE9)', join('.', (split /\./, $good)[0, 1]) . '.', 'token_(?:format|signature)' ],
    [ 'a changed signature (T-BE7)', flip($good, length($good) - 20), 'token_signature' ],
    [ 'a signature of 1 byte (T-BE9)', join('.', (split /\./, $good)[0, 1], 'AA'), 'token_signature' ],
    [ 'a changed payload (T-BE7)', join('.', (split /\./, $good)[0], part({ %$body, preferred_username => 'admin' }), $sig), 'token_signature' ],
    [ 'alg none (T-BE3)', part({ %$head, alg => 'none' }) . '.' . part($body) . '.', 'token_(?:alg|format|signature)' ],
    [ 'alg nOnE with a signature (T-BE3)', part({ %$head, alg => 'nOnE' }) . '.' . part($body) . ".$sig", 'token_alg' ],
    [ 'alg absent (T-BE3)', part({ map { $_ eq 'alg' ? () : ($_ => $head->{$_}) } keys %$head }) . '.' . part($body) . ".$sig", 'token_(?:alg|format)' ],
    [ 'ES256 over an RSA key (T-BE4)', part({ %$head, alg => 'ES256' }) . '.' . part($body) . ".$sig", 'token_(?:alg|key|signature)' ],
    [ 'HS256 keyed by the modulus (T-BE3)', hs(decode_base64url($jwk->{n})), 'token_alg' ],
    [ 'HS256 with an empty key (T-BE4)', hs(''), 'token_alg' ],
    [ 'an enc header (T-BE3)', part({ %$head, enc => 'A256GCM' }) . '.' . part($body) . ".$sig", 'token_(?:alg|format|signature)' ],
    [ 'a crit header', part({ %$head, crit => ['x'], x => 1 }) . '.' . part($body) . ".$sig", 'token_(?:alg|format|signature)' ],
    [ 'signed by a key of its own in jwk (T-BE10)', forge({ %$head, kid => 'evil', jwk => { kty => 'RSA', n => 'AQAB', e => 'AQAB' } }, $body), 'token_key' ],
    [ 'our kid, another key (T-BE10)', forge($head, $body), 'token_signature' ],
    [ 'jku of somebody else (T-BE10)', forge({ %$head, kid => 'k', jku => 'http://127.0.0.1:1/keys', x5u => 'http://127.0.0.1:1/x' }, $body), 'token_key' ],
    [ 'a kid that is a path (T-BE10)', forge({ %$head, kid => '../../../dev/null' }, $body), 'token_key' ],
    [ 'a kid with a NUL (T-BE6)', forge({ %$head, kid => "$head->{kid}\0x" }, $body), 'token_(?:key|format|claim)' ],
    [ 'no kid', forge({ map { $_ eq 'kid' ? () : ($_ => $head->{$_}) } keys %$head }, $body), 'token_(?:key|signature|format)' ],
    [ 'the token of another audience (T-BE1)', $ab->token('alice', 'alice-pw', client_id => 'two')->{access_token}, 'token_audience' ],
    [ 'the token of another realm (T-CD2)', $admin, 'token_(?:issuer|key)' ],
    [ 'an ID token (T-CD4)', $tokens->{id_token}, 'token_(?:type|audience)' ],
    [ 'a refresh token', $tokens->{refresh_token}, 'token_(?:alg|type|key|format)' ],
    [ 'a session cookie (T-CD3)', $cookie, 'token_format' ],
    [ 'a repeated member', join('.', (split /\./, $good)[0], part($json->encode($body) =~ s/\}$/,"sub":"x"}/r), $sig), 'token_(?:format|signature)' ],
    [ '7 KB of token', 'A' x 7000 . '.B.C', 'token_format' ],
);
for my $row (@wrong) {
    my ($name, $token, $reason) = @$row;
    my $x = with('/api/x', $token);
    is("$x->{status} " . (($x->{headers}{'x-reason'} // '') =~ /^(?:$reason)$/ ? 'as wanted' : $x->{headers}{'x-reason'} // 'none'), '401 as wanted', "$name: 401 for $reason");
    is(with('/api/x', $good)->{status}, 200, "$name changes nothing for the right one (T-BE5)");
}
is(with('/api/x', 'A' x 20000)->{status}, 400, 'a header of 20 KB is over the limit of NGINX');
like(with('/api/x', 'garbage')->{headers}{'www-authenticate'}, qr/^Bearer realm="acme", error="invalid_token"/, 'a bad token gets error="invalid_token"');

# ---- expired ----

my $brief = $ab->token('alice', 'alice-pw', client_id => 'brief')->{access_token};
is(with('/api/x', $brief)->{status}, 200, 'a short token counts while it lives');
ok(Test::AuthBroker::wait_until(sub { with('/api/x', $brief)->{status} == 401 }, 5), 'and ends with its exp though it is known (T-BE1)');
is(with('/api/x', $brief)->{headers}{'x-reason'}, 'token_expired', 'for that reason');

# ---- one zone for all locations (T-BE11, T-BE2) ----

my $two = $ab->token('alice', 'alice-pw', client_id => 'two')->{access_token};
is(join(' ', map { with($_, $two)->{status} } '/two/', '/api/', '/two/'), '200 401 200', 'audience is compared at each request (T-BE11)');
is(join(' ', map { with($_, $good)->{status} } '/api/', '/two/', '/api/', '/both/'), '200 401 200 200', 'whichever came first (T-BE11)');
is(with('/', $good, app => $ab->app('other'))->{status}, 401, 'the token of realm A is nothing at realm B (T-CD2)');
is(with('/', $admin, app => $ab->app('other'))->{status}, 200, 'where its own is good');
is(with('/api/', $admin)->{status}, 401, 'and it stays nothing at A right after that (T-CD5)');

# ---- cookie and bearer are two things ----

is($session->once('GET', "$app/api/", headers => \%api)->{status}, 401, 'a session cookie opens no bearer location');
is(with('/', $good)->{status}, 401, 'a bearer opens no session location');
is($session->once('GET', "$app/both/", headers => \%api)->{status}, 200, 'where both count the cookie does');
is($session->once('GET', "$app/both/", headers => { %api, Authorization => 'Bearer garbage' })->{status}, 401, 'but a Bearer, if present, decides alone');
is($session->once('GET', "$app/opt/", headers => { %api, Authorization => 'Bearer garbage' })->{status}, 401, 'also where signing in is optional (T-LG16)');
is(with('/opt/', undef)->{status}, 200, 'which lets a stranger in');
my $pay = $ab->browser->once('GET', $ab->app('app3') . '/', headers => { %api, Cookie => "auth=$cookie" });
is($pay->{status}, 401, 'the cookie of wiki is nothing at pay (T-CD1)');
is($session->once('GET', "$app/", headers => \%api)->{status}, 200, 'while it lives at wiki');

# ---- roles (T-CD6) ----

my %by = map { $_ => $ab->token($_, 'pw')->{access_token} } qw(carol dave);
is(join(' ', map { with($_, $by{carol})->{status} } '/admin/', '/wadmin/'), '200 403', 'realm role admin is no client role admin (T-CD6)');
is(join(' ', map { with($_, $by{dave})->{status} } '/admin/', '/wadmin/'), '403 200', 'client role admin is no realm role admin (T-CD6)');
is(with('/admin/', $good)->{status}, 403, 'who has neither gets 403');
like(with('/admin/', $good)->{headers}{'www-authenticate'} // '', qr/^$|insufficient/, 'and no call to sign in');

# ---- ended ----

$ab->ctl('session', 'revoke', '--realm', 'acme', '--user', 'carol');
ok(Test::AuthBroker::wait_until(sub { with('/admin/', $by{carol})->{status} == 401 }, 2), 'a revoked session takes its token along');
is(with('/wadmin/', $by{dave})->{status}, 200, 'and nobody else\'s');
