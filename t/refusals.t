#!/usr/bin/perl

# What the realm host refuses: the right status, no 500 whatever comes, and one line in the log with its reason.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $oidc = '/realms/acme/protocol/openid-connect';

# method, target, headers, body => status, reason
my @rows = (
    [ GET => '/realms/nosuch', {}, undef, 404, 'realm_absent' ],
    [ GET => '/realms/acme/nothing', {}, undef, 404, 'not_found' ],
    [ GET => '/realms/nosuch/account', {}, undef, 404, 'not_found' ],
    [ GET => '/realms/acme/../acme', {}, undef, 400, 'bad_request' ],
    [ GET => '/realms/acme;a=b', {}, undef, 400, 'bad_request' ],
    [ GET => '/realms/acme?a=%ff', {}, undef, 400, 'format' ],
    [ GET => '/realms/acme?a=%00', {}, undef, 400, 'format' ],
    [ DELETE => '/realms/acme', {}, undef, 405, 'method' ],
    [ GET => "$oidc/token", {}, undef, 405, 'method' ],
    [ POST => "$oidc/token", {}, 'grant_type=%ff', 400, 'format' ],
    [ POST => "$oidc/token", {}, 'grant_type=nosuch&client_id=wiki', 400, 'grant_type' ],
    [ GET => "$oidc/auth?client_id=nosuch", {}, undef, 400, 'client_absent' ],
    [ GET => "$oidc/auth?client_id=wiki&redirect_uri=http://evil.test/", {}, undef, 400, 'redirect_uri' ],
    [ GET => "$oidc/userinfo", {}, undef, 401, 'no_credential' ],
    [ GET => "$oidc/userinfo", { Authorization => 'Bearer a.b.c' }, undef, 401, 'token_format' ],
    [ GET => '/realms/acme/broker/nosuch/endpoint?state=a.b.c', {}, undef, 404, 'idp_absent' ],
    [ GET => '/realms/acme/broker/%ff/endpoint?state=a.b.c', {}, undef, 404, 'not_found' ],
    [ GET => '/realms/acme/broker/nosuch/login', {}, undef, 400, 'bad_request' ],
    [ GET => '/realms/acme/login-actions/authenticate?client_id=wiki&tab_id=x', {}, undef, 400, 'cookie_missing' ],
    [ GET => '/realms/acme/login-actions/authenticate?client_id=', {}, undef, 400, 'client_absent' ],
);

# Cookies and headers that only spare typing: what cannot be read is left out.
my @hints = (
    { Cookie => 'KEYCLOAK_REMEMBER_ME=username:%ff%fe' },
    { Cookie => "KEYCLOAK_REMEMBER_ME=username:\xff" },
    { 'Accept-Language' => "\xff\xfe" },
    { Cookie => "AUTH_SESSION_ID=\xff; KEYCLOAK_IDENTITY=\xff; KC_RESTART=\xff; KEYCLOAK_LOCALE=\xff" },
);

my $t = Test::Nginx->new->has(qw/http proxy/)->plan(3 * @rows + @hints);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf->run;

my $seen = length $ab->log_text;

sub new_lines {
    Test::AuthBroker::wait_until(sub { length $ab->log_text > $seen }, 2);
    my @lines = split /\n/, substr $ab->log_text, $seen;
    $seen = length $ab->log_text;
    return @lines;
}

for (@rows) {
    my ($method, $target, $headers, $body, $status, $reason) = @$_;
    my $r = $ab->browser->once($method, "$ab->{base}$target", headers => $headers, body => $body);
    my @lines = new_lines();
    my $name = "$method " . substr $target, 0, 60;
    is($r->{status}, $status, "$name: $status");
    is(scalar @lines, 1, "$name: one line");
    like($lines[0] // '', qr/"reason":"$reason"/, "$name: $reason");
}

my $query = 'client_id=wiki&response_type=code&redirect_uri=' . Test::AuthBroker::Browser::form_body({ '' => 'http://app1.localhost:' . port(8080) . '/.auth/callback' }) =~ s/^=//r;
for (@hints) {
    my $r = $ab->browser->once('GET', "$ab->{base}$oidc/auth?$query", headers => $_);
    is($r->{status}, 200, 'a login page in spite of ' . join ' ', keys %$_);
}
