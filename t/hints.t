#!/usr/bin/perl

# Which identity provider a login starts at: pinned by the configuration, asked for in the query, or the realm's default (T-LG15).

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/);
my $ab = Test::AuthBroker->new($t, no_realm => 1);
my $T = JSON::PP::true;

sub idp { my ($alias, %more) = @_; return { %{ $ab->provider_row }, alias => $alias, displayName => "\u$alias", %more } }

my $realm = $ab->default_realm(identityProviders => [ idp('github'), idp('corp'), idp('hidden', hideOnLogin => $T), idp('off', enabled => JSON::PP::false) ]);
$ab->add_realm($realm);
$ab->add_realm({ %$realm, realm => 'dflt', clients => [ { clientId => 'd', publicClient => $T, redirectUris => ['http://dflt.localhost/*'] } ], users => [], groups => [], roles => {},
    authenticationFlows => [ { alias => 'browser', providerId => 'basic-flow', topLevel => $T, builtIn => $T, authenticationExecutions => [
        { authenticator => 'auth-cookie', requirement => 'ALTERNATIVE', priority => 10 },
        { authenticator => 'identity-provider-redirector', authenticatorConfig => 'to corp', requirement => 'ALTERNATIVE', priority => 25 },
        { authenticatorFlow => $T, flowAlias => 'forms', requirement => 'ALTERNATIVE', priority => 30 } ] },
        { alias => 'forms', providerId => 'basic-flow', topLevel => JSON::PP::false, builtIn => $T, authenticationExecutions => [
        { authenticator => 'auth-username-password-form', requirement => 'REQUIRED', priority => 10 } ] } ],
    authenticatorConfig => [ { alias => 'to corp', config => { defaultProvider => 'corp' } } ] });

my $upstream = 'proxy_pass http://127.0.0.1:8081;';
$ab->simple_conf(server => <<"EOC");
location / { $upstream }
location /pinned/ { auth_broker_idp_hint github; $upstream }
location /pinned/free/ { auth_broker_idp_hint corp; $upstream }
location /no-arg/ { auth_broker_idp_hint_arg off; $upstream }
location /open/ { auth_broker_mode optional; $upstream }
EOC

# what is asked for => the provider at which the login ends up, or '-' for the login page; reasons beside it
my @nginx = (
    [ '/', '-', 'no hint' ],
    [ '/?kc_idp_hint=github', 'github', 'a hint in the query' ],
    [ '/?a=1&kc_idp_hint=corp&b=2', 'corp', 'among other arguments' ],
    [ '/?kc_idp_hint=hidden', 'hidden', 'a hidden provider' ],
    [ '/?kc_idp_hint=off', '-', 'a disabled provider' ],
    [ '/?kc_idp_hint=nobody', '-', 'an unknown provider' ],
    [ '/?kc_idp_hint=GitHub', '-', 'another case' ],
    [ '/?kc_idp_hint=', '-', 'an empty hint' ],
    [ '/?kc_idp_hint=github&kc_idp_hint=corp', '-', 'a doubled hint' ],
    [ '/?kc_idp_hint=github&kc_idp_hint=github', '-', 'the same twice' ],
    [ '/?kc_idp_hint=git%20hub', '-', 'a hint with a blank' ],
    [ '/?kc_idp_hint=' . 'g' x 65, '-', 'a hint of 65 bytes' ],
    [ '/?kc_idp_hint=github%26prompt%3Dnone', '-', 'a hint that smuggles a parameter' ],
    [ '/pinned/', 'github', 'a pinned provider' ],
    [ '/pinned/?kc_idp_hint=corp', 'github', 'a pinned provider against the query' ],
    [ '/pinned/?kc_idp_hint=', 'github', 'a pinned provider against an empty hint' ],
    [ '/pinned/?kc_idp_hint=corp&kc_idp_hint=corp', 'github', 'a pinned provider against a doubled hint' ],
    [ '/pinned/?KC_IDP_HINT=corp', 'github', 'a pinned provider against other case' ],
    [ '/pinned/free/', 'corp', 'an inner location pins another' ],
    [ '/no-arg/?kc_idp_hint=github', '-', 'a hint where the argument is off' ],
);

# the realm itself, asked by a client of its own: realm, query => the same
my @realm = (
    [ acme => '', '-', 'no hint' ],
    [ acme => '&kc_idp_hint=github', 'github', 'a hint' ],
    [ acme => '&kc_idp_hint=off', '-', 'a disabled one' ],
    [ acme => '&kc_idp_hint=nobody', '-', 'an unknown one' ],
    [ dflt => '', 'corp', 'the default provider' ],
    [ dflt => '&kc_idp_hint=github', 'github', 'a hint overrides the default' ],
    [ dflt => '&kc_idp_hint=', '-', 'an empty hint disables the default' ],
    [ dflt => '&kc_idp_hint=nobody', '-', 'an unknown hint does not fall back to the default' ],
    [ dflt => '&kc_idp_hint=off', '-', 'nor does a disabled one' ],
    [ dflt => '&kc_idp_hint=github&prompt=login', 'github', 'a hint with prompt=login' ],
);
$t->plan(@nginx + @realm + 13);
$ab->run;

# Where a login goes: follow until the provider, never asking it.
sub lands {
    my ($url) = @_;
    my $r = $ab->browser->get($url, stop => qr/^\Q$ab->{issuer}\E/);
    my $to = $r->{headers}{location} // '';
    return "at $r->{status}" unless $r->{status} == 200 || $to =~ /^\Q$ab->{issuer}\E/;
    return '-' if $r->{status} == 200 && $r->{body} =~ /id="kc-form-login"/;
    return $to =~ m{broker%2F([^%]+)%2Fendpoint} ? $1 : "? $r->{url}";
}

my $app1 = $ab->app;
is(lands("$app1$_->[0]"), $_->[1], "NGINX: $_->[2] (T-LG15)") for @nginx;
for my $row (@realm) {
    my ($name, $query, $want, $what) = @$row;
    my ($client, $uri) = $name eq 'acme' ? ('wiki', "$app1/.auth/callback") : ('d', 'http://dflt.localhost/x');
    $uri =~ s{([:/])}{sprintf '%%%02X', ord $1}ge;
    is(lands("$ab->{base}/realms/$name/protocol/openid-connect/auth?response_type=code&scope=openid&client_id=$client&redirect_uri=$uri&state=s$query"), $want, "realm: $what");
}

my $r = $ab->browser->once('GET', "$ab->{base}/realms/acme/protocol/openid-connect/auth?response_type=code&scope=openid&client_id=wiki&redirect_uri="
    . ("$app1/.auth/callback" =~ s{([:/])}{sprintf '%%%02X', ord $1}ger) . '&state=s&kc_idp_hint=github&kc_idp_hint=corp');
like($r->{headers}{location} // '', qr/error=invalid_request/, 'the realm refuses a doubled hint');

# ---- what the page lists ----

$r = $ab->browser->get("$app1/");
like($r->{body}, qr/social-corp.*social-github/s, 'the page lists enabled providers by alias');
unlike($r->{body}, qr/social-(?:hidden|off)/, 'and no hidden or disabled one');

# ---- signed in ----

my $b = $ab->browser;
$ab->sign_in($b, "$app1/", 'alice', 'alice-pw');
$r = $b->once('GET', "$app1/x?a=1&kc_idp_hint=github&b=2");
is($r->{status}, 200, 'a hint sends nobody to sign in who is signed in (T-LG15)');
like($r->{body}, qr{uri=/x\?a=1&b=2 }, 'and the upstream never sees it');
like($b->once('GET', "$app1/x?kc_idp_hint=github")->{body}, qr{uri=/x }, 'alone it leaves no question mark');
like($b->once('GET', "$app1/x?a=kc_idp_hint%3Dgithub&xkc_idp_hint=1")->{body}, qr{uri=/x\?a=kc_idp_hint%3Dgithub&xkc_idp_hint=1 }, 'what only looks like it stays');
like($b->once('GET', "$app1/pinned/x")->{body}, qr{uri=/pinned/x }, 'a pinned location lets in who is signed in');
like($b->once('GET', "$app1/no-arg/x?kc_idp_hint=github")->{body}, qr{uri=/no-arg/x\?kc_idp_hint=github }, 'where the argument is off it belongs to the app');
$r = $ab->browser->get("$app1/y?a=1&kc_idp_hint=nobody&b=2");
$r = $b->submit($r, { username => 'alice', password => 'alice-pw' }, stop => qr/nothing/);
unlike($r->{url}, qr/kc_idp_hint/, 'nor does the address after the login carry it');
like($ab->browser->once('GET', "$app1/open/?kc_idp_hint=github")->{body}, qr{uri=/open/ }, 'an optional page takes the hint away too');

# ---- a second attempt ----

# The callback is in no location: what the first attempt asked must come from the attempt itself.
$b = $ab->browser;
$r = $b->once('GET', "$app1/pinned/x");
my ($state) = $r->{headers}{location} =~ /[?&]state=([^&]+)/;
$b->drop_cookie('app1.localhost', 'auth-login');
$b->once('GET', "$app1/");
$r = $b->once('GET', "$app1/.auth/callback?code=x&state=$state&iss=$ab->{base}/realms/acme");
is($r->{status}, 302, 'an attempt of another browser cookie is begun anew');
like($r->{headers}{location}, qr/[?&]kc_idp_hint=github(?:&|$)/, 'at the provider that the location pins (T-LG15)');
