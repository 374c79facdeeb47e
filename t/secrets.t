#!/usr/bin/perl

# What is secret stands in no log, and nothing that can be read in Redis opens anything (T-HD7, T-RE1).

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use MIME::Base64 qw(encode_base64 encode_base64url);

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('node')->has_daemon('redis-server')->plan(33);
my ($redis) = Test::AuthBroker::start_redis($t, 'redis');
my $ab = Test::AuthBroker->new($t, no_realm => 1, redis => $redis, provider => 1, options => [ '--log-level', 'debug' ]);
my $T = JSON::PP::true;

# ---- secrets with names ----

my %planted = (
    'the client secret' => 'plantedclientsecret0001', 'the secret at the provider' => 'broker-secret-planted02', 'a password' => 'plantedpassword00003',
    'the password at the provider' => 'plantedupstreampw004', 'a wrong password' => 'plantedwrongpw0000005',
);
my $realm = $ab->default_realm(identityProviders => [ $ab->provider_row(config => { clientSecret => $planted{'the secret at the provider'}, storeToken => 'true' }, storeToken => $T) ]);
$_->{secret} = $planted{'the client secret'} for grep { $_->{clientId} eq 'api' } @{ $realm->{clients} };
$realm->{users}[0]{credentials}[0]{value} = $planted{'a password'};
$ab->add_realm($realm);
$ab->simple_conf(server => <<'EOC');
location / { proxy_pass http://127.0.0.1:8081; }
location /api/ { auth_broker_accept bearer; auth_broker_audience https://api.example.com; proxy_pass http://127.0.0.1:8081; }
EOC
$ab->{provider} = 0;
my $base = $ab->{base};
$ab->start_provider(
    clients => [ { client_id => 'broker', client_secret => $planted{'the secret at the provider'}, grant_types => [ 'authorization_code', 'refresh_token' ],
        redirect_uris => ["$base/realms/acme/broker/example/endpoint"], post_logout_redirect_uris => ["$base/realms/acme/broker/example/endpoint/logout_response"] } ],
    users => { anna => { password => $planted{'the password at the provider'}, email => 'anna@company.example', email_verified => $T, given_name => 'Anna', family_name => 'Archer' } });
$ab->run;
my $app1 = $ab->app;

# ---- live through everything once ----

my %secret = %planted;
sub keep { my ($what, $value) = @_; $secret{$what} = $value; ok(length($value // '') > 15, "there is $what") }
sub from { my ($url, $name) = @_; my ($v) = $url =~ /[?&]$name=([^&]+)/; $v =~ s/%([0-9A-F]{2})/chr hex $1/gei if defined $v; return $v }

my $b = $ab->browser;
my $r = $b->get("$app1/p");
$b->submit($r, { username => 'alice', password => $planted{'a wrong password'} });
$r = $b->get("$app1/p");
$r = $b->submit($r, { username => 'alice', password => $planted{'a password'} }, stop => qr{/\.auth/callback});
keep('a code', from($r->{headers}{location}, 'code'));
keep('a state', from($r->{headers}{location}, 'state'));
$b->get($r->{headers}{location});
keep('a session cookie', $b->cookie('app1.localhost', 'auth'));
keep('a binding cookie', $b->cookie('app1.localhost', 'auth-login'));
keep('the sign-in cookie of the realm', $b->cookie('id.localhost', 'KEYCLOAK_IDENTITY'));
my $up = $ab->browser;
$r = $ab->sign_in_upstream($up, "$app1/u", 'anna', $planted{'the password at the provider'}, stop => qr{/example/endpoint});
keep('a code of the provider', from($r->{headers}{location}, 'code'));
$up->get($r->{headers}{location});
keep('another session cookie', $up->cookie('app1.localhost', 'auth'));
my $tokens = $ab->token('alice', $planted{'a password'}, client_secret => $planted{'the client secret'});
keep("an $_", $tokens->{$_}) for qw(access_token refresh_token id_token);
is($b->once('GET', "$app1/api/", headers => { Authorization => "Bearer $tokens->{access_token}" })->{status}, 200, 'the token works');
$b->once('GET', "$app1/", headers => { Cookie => 'auth=' . 'A' x 78 });
$b->once('GET', "$app1/.auth/callback?code=$secret{'a code'}&state=$secret{'a state'}");

# ---- logs (T-HD7) ----

# Our daemon's log, and what our module writes into NGINX's. NGINX's own debug lines print every header and its
# access log the request line: that is why the realm's snippet logs without arguments.
my $ours = join '', $ab->log_text, grep { /auth_broker/ } map { "$_\n" } split /\n/, $t->read_file('error.log');
for my $what (sort keys %secret) {
    my $value = $secret{$what};
    my ($middle) = substr($value, int(length($value) / 3), 24);
    is(index($ours, length $value > 60 ? $middle : $value), -1, "$what is in no log of ours (T-HD7)");
}
like($ab->log_text, qr/"event":"login"/, 'though sign-ins are');

# ---- Redis (T-RE1) ----

my $dump = '';
for my $key (grep { length } $ab->redis('--scan')) {
    my $type = $ab->redis('type', $key);
    my %read = (string => ['get'], hash => ['hgetall'], zset => [ 'zrange', 0, -1 ], set => ['smembers'], stream => [ 'xrange', '-', '+' ], list => [ 'lrange', 0, -1 ]);
    my ($command, @rest) = @{ $read{$type} // ['type'] };
    $dump .= "$key\n" . join("\n", $ab->redis('--raw', $command, $key, @rest)) . "\n";
}
cmp_ok(length $dump, '>', 20000, 'the dump is what it should be');
my @found = grep { my $v = $secret{$_}; grep { index($dump, $_) >= 0 } $v, encode_base64url($v), encode_base64($v, ''), unpack('H*', $v) } sort keys %secret;
is("@found", '', 'nothing planted and nothing live is found in it (T-RE1)');

my %seen;
my @words = grep { !$seen{$_}++ } $dump =~ /([A-Za-z0-9_.-]{20,})/g;
cmp_ok(scalar @words, '>', 50, 'it has words that could be credentials');
@words = grep { length $_ < 2000 } @words;
my @opens;
for my $word (@words) {
    my $x = $ab->browser->once('GET', "$app1/", headers => { Cookie => "auth=$word" });
    push @opens, "cookie $word" if $x->{status} == 200;
    next unless length $word > 40;
    $x = $ab->browser->once('GET', "$app1/api/", headers => { Authorization => "Bearer $word" });
    push @opens, "bearer $word" if $x->{status} == 200;
}
is("@opens", '', 'none of them opens anything as cookie or bearer (T-RE1)');
@opens = ();
for my $word (grep { length $_ <= 90 } @words) {
    my $x = $ab->browser->once('POST', "$ab->{base}/realms/acme/protocol/openid-connect/token",
        body => Test::AuthBroker::Browser::form_body({ grant_type => 'authorization_code', client_id => 'wiki', code => $word, redirect_uri => "$app1/.auth/callback", code_verifier => 'v' x 43 }));
    push @opens, "code $word" if $x->{status} == 200;
}
is("@opens", '', 'nor as a code (T-RE1)');
is((stat "$ab->{run_dir}/state/keys")[2] & 0777, 0600, 'the key file is for the daemon alone');
