#!/usr/bin/perl

# auth_broker_require, _pass, _header and the variables, seen from an app.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

# rule => does it hold for alice (realm role editor, client role wiki:writer, group /staff/eng, verified alice@acme.example, local user)
my @rules = (
    'role=editor' => 1, 'role=admin' => 0, 'role=admin,editor' => 1, 'role=Editor' => 0, 'role=edit' => 0,
    'role=wiki:writer' => 1, 'role=:writer' => 1, 'role=writer' => 0, 'role=wiki:editor' => 0, 'role=pay:writer' => 0, 'role=:editor' => 0,
    'role=!admin' => 1, 'role=!editor' => 0, 'role=editor role=admin' => 0, 'role=editor role=:writer' => 1,
    'group=/staff/eng' => 1, 'group=/staff' => 0, 'group=/eng' => 0, 'group=!/staff/eng' => 0,
    'email=alice@acme.example' => 1, 'email=*@acme.example' => 1, 'email=*@ACME.example' => 1, 'email=*@example' => 0, 'email=*@evil-acme.example' => 0,
    'idp=example' => 0, 'idp=!example' => 1, 'acr=1' => 1, 'acr=gold' => 0, 'max_age=1h' => 1,
    'claim=username:alice' => 1, 'claim=username:bob' => 0, 'claim=azp:wiki' => 1,
    '$arg_none' => 0, '$uri' => 1, '$is_alice' => 1, 'error=403 role=editor' => 1,
);

my $t = Test::Nginx->new->has(qw/http proxy rewrite map/)->plan(@rules / 2 + 34);
my $ab = Test::AuthBroker->new($t);

my $locations = '';
for my $n (0 .. @rules / 2 - 1) {
    $locations .= "        location = /rule/$n { auth_broker_require $rules[2 * $n]; proxy_pass http://127.0.0.1:8081; }\n";
}
$ab->simple_conf(http => <<'HTTP', server => <<"END");
    map $auth_broker_user $is_alice { volatile; alice yes; }
    log_format who "$uri [$auth_broker_status|$auth_broker_reason|$auth_broker_method|$auth_broker_user|$auth_broker_username|$auth_broker_email|$auth_broker_name|$auth_broker_groups|$auth_broker_realm|$auth_broker_client_id|$auth_broker_cache|$auth_broker_claim_preferred_username|$auth_broker_claim_nonesuch|$remote_user] $auth_broker_time $auth_broker_expires $auth_broker_session_hash $auth_broker_roles";
    access_log %%TESTDIR%%/who.log who;
HTTP
        location / { proxy_pass http://127.0.0.1:8081; }
$locations
        location /nested/ {
            auth_broker_require role=editor;
            proxy_pass http://127.0.0.1:8081;
            location /nested/admin/ { auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081; }
            location /nested/also/ { auth_broker_require role=:writer; proxy_pass http://127.0.0.1:8081; }
            location /nested/reset/ { auth_broker_require reset role=:writer; proxy_pass http://127.0.0.1:8081; }
            location /nested/off/ { auth_broker off; proxy_pass http://127.0.0.1:8081; }
        }
        location /pass/more { auth_broker_pass username realm client_id idp method acr; proxy_pass http://127.0.0.1:8081; }
        location /pass/reset { auth_broker_pass reset email; proxy_pass http://127.0.0.1:8081; }
        location /pass/header { auth_broker_header X-Remote-User "u:\$auth_broker_username"; auth_broker_header X-Empty \$arg_none; auth_broker_header X-Auth-User other; proxy_pass http://127.0.0.1:8081; }
        location /pass/bad { set \$bad "a\tb"; auth_broker_header X-Bad \$bad; proxy_pass http://127.0.0.1:8081; }
        location /early { set \$frozen "[\$auth_broker_user]"; proxy_set_header X-Frozen \$frozen; proxy_set_header X-Now \$auth_broker_user; proxy_pass http://127.0.0.1:8081; }
        location /optional { auth_broker_mode optional; proxy_pass http://127.0.0.1:8081; }
        location /api/ {
            auth_broker_accept both;
            auth_broker_audience https://api.example.com;
            proxy_pass http://127.0.0.1:8081;
            location /api/editor { auth_broker_require role=editor; proxy_pass http://127.0.0.1:8081; }
            location /api/admin { auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081; }
            location /api/scope { auth_broker_require scope=orders:read; proxy_pass http://127.0.0.1:8081; }
            location /api/other { auth_broker_audience https://other.example.com; proxy_pass http://127.0.0.1:8081; }
        }
END
$ab->run;

my $app = 'http://app1.localhost:' . port(8080);
my $b = $ab->browser;
$b->submit($b->get("$app/"), { username => 'alice', password => 'alice-pw' });
sub status { my ($path, %o) = @_; return $b->once('GET', "$app$path", %o)->{status} }
sub body { my ($path, %o) = @_; return $b->once('GET', "$app$path", %o)->{body} }
sub logged { my ($path) = @_; select undef, undef, undef, 0.05; my @l = grep { /^\Q$path\E / } split /\n/, $t->read_file('who.log'); return $l[-1] // '' }

for my $n (0 .. @rules / 2 - 1) {
    is(status("/rule/$n"), $rules[2 * $n + 1] ? 200 : 403, "$rules[2 * $n] " . ($rules[2 * $n + 1] ? 'holds' : 'refuses'));
}

# ---- merging ----
is(status('/nested/x'), 200, 'a rule of a location');
is(status('/nested/also/x'), 200, 'and one more below it');
is(status('/nested/admin/x'), 403, 'rules of both levels must hold');
is(status('/nested/reset/x'), 200, 'reset drops those of the outer level');
is(status('/nested/off/x'), 200, 'off drops everything');
unlike(body('/nested/off/x'), qr/user=alice/, 'and names nobody');

# ---- headers ----
my $r = body('/pass/more');
like($r, qr/^X-Auth-User: alice$/m, 'a location adds to the server\'s fields');
like($r, qr/^X-Auth-Username: alice$/m, 'username');
like($r, qr/^X-Auth-Realm: acme$/m, 'realm');
like($r, qr/^X-Auth-Client-Id: wiki$/m, 'client_id');
like($r, qr/^X-Auth-Method: session$/m, 'method');
unlike($r, qr/^X-Auth-Idp:/m, 'a field that the identity lacks is not sent');
$r = body('/pass/reset');
is(join(' ', $r =~ /^(X-Auth-[^:]+)/mg), 'X-Auth-Email', 'pass reset drops the outer fields');
$r = body('/pass/header');
like($r, qr/^X-Remote-User: u:alice$/m, 'a header of the operator\'s own');
unlike($r, qr/^X-Empty/m, 'an empty one is not sent');
is(join(' ', $r =~ /^X-Auth-User: (.*)$/mg), 'other', 'a header set again replaces the outer one');
is(status('/pass/bad'), 403, 'a value with a control byte is never sent (T-HD6)');
like(logged('/pass/bad'), qr/\|header_value\|/, 'and the reason says so');
unlike(body('/optional', headers => { cookie => '' }), qr/Bearer/, 'an optional page shows who is signed in');

# ---- variables ----
# a zone is believed from the daemon's first confirmation on
for (1 .. 60) { status('/warm'); last if logged('/warm') =~ /\|HIT\|/ }
status('/seen', headers => { Authorization => 'Basic bWFsbG9yeTp4' });
like(logged('/seen'), qr{^/seen \[signed_in\|-\|session\|alice\|alice\|alice\@acme\.example\|Alice Adams\|/staff/eng\|acme\|wiki\|HIT\|alice\|-\|-\] 0\.000 \d{10} [0-9a-f]{64} \S*editor}, 'every variable, and no $remote_user that nobody checked');
status('/rule/1');
like(logged('/rule/1'), qr/\[refused\|rule_role\|session\|alice\|/, 'a refusal has its reason');
$r = body('/early');
like($r, qr/^X-Now: alice$/m, 'a variable read before access is right afterwards');
like($r, qr/^X-Frozen: \[alice\]$/m, 'and before it the zone is looked into');
my $s = $ab->browser;
$s->once('GET', "$app/stranger");
like(logged('/stranger'), qr/\[anonymous\|no_credential\|-\|-\|/, 'a stranger is anonymous');

# ---- bearers ----
my $token = $ab->token('alice', 'alice-pw')->{access_token} // '';
sub api { my ($path, $auth, %o) = @_; return $s->once('GET', "$app$path", headers => { Authorization => $auth // "Bearer $token" }, %o) }
is(api('/api/x')->{status}, 200, 'a bearer of the right audience');
is(api('/api/editor')->{status}, 200, 'with the role asked for');
$r = api('/api/admin');
is($r->{status}, 403, 'without it');
like($r->{headers}{'www-authenticate'}, qr/^Bearer realm="acme", error="insufficient_scope"/, 'challenge of RFC 6750');
like(api('/api/scope')->{headers}{'www-authenticate'}, qr/scope="orders:read"/, 'which names the scope that is missing');
$r = api('/api/other');
is($r->{status}, 401, 'a known bearer at a location of another audience (T-BE11)');
like($r->{headers}{'www-authenticate'}, qr/error="invalid_token"/, 'is invalid there');
is(api('/api/x', 'Bearer x.y.z')->{status}, 401, 'garbage is 401, no redirect (T-BE1)');
is(api('/x')->{status}, 302, 'where sessions alone count a bearer opens nothing');
is($b->once('GET', "$app/api/x", headers => { Authorization => 'Bearer x.y.z' })->{status}, 401, 'a bad bearer beside a good cookie decides alone');
