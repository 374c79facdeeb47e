#!/usr/bin/perl

# Signing out: whose wish it must be, what it ends, where it lands.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('node')->plan(24 + 19);
my $ab = Test::AuthBroker->new($t, provider => 1);
my $p = port(8080);
$ab->add_realm($ab->default_realm(clients => [
    @{ $ab->default_realm->{clients} },
    { clientId => 'shop', publicClient => JSON::PP::true, redirectUris => ["http://app4.localhost:$p/.auth/callback"],
      attributes => { 'post.logout.redirect.uris' => "http://app4.localhost:$p/bye" } },
]));
$ab->simple_conf(http => <<'EOC');
server {
    listen 127.0.0.1:8080;
    server_name app4.localhost;
    auth_broker acme client=shop;
    auth_broker_pass user;
    auth_broker_logged_out /bye;
    location / { proxy_pass http://127.0.0.1:8081; }
    location = /bye { auth_broker off; return 200 "bye\n"; }
}
EOC
$ab->run;

my ($app1, $app2, $app4) = map { $ab->app($_) } qw(app1 app2 app4);
my $b = $ab->browser;
my $r = $ab->sign_in($b, "$app1/", 'alice', 'alice-pw');
$b->get("$app2/");
like($r->{body}, qr/user=alice/, 'signed in');

# ---- what logs nobody out (T-LO6, T-LO4) ----

my @strange = (
    [ 'GET from another site', 'GET', site => 'cross-site' ],
    [ 'GET from a sibling host', 'GET', site => 'same-site' ],
    [ 'an image', 'GET', site => 'cross-site', headers => { 'Sec-Fetch-Mode' => 'no-cors', 'Sec-Fetch-Dest' => 'image' } ],
    [ 'an image of a sibling', 'GET', site => 'same-site', headers => { 'Sec-Fetch-Mode' => 'no-cors', 'Sec-Fetch-Dest' => 'image' } ],
    [ 'an image of our own page', 'GET', site => 'same-origin', headers => { 'Sec-Fetch-Mode' => 'no-cors', 'Sec-Fetch-Dest' => 'image' } ],
    [ 'a frame', 'GET', site => 'cross-site', headers => { 'Sec-Fetch-Dest' => 'iframe' } ],
    [ 'POST from another origin', 'POST', site => 'cross-site', headers => { Origin => 'http://evil.localhost' }, body => '' ],
    [ 'POST from a sibling', 'POST', site => 'same-site', headers => { Origin => $app2 }, body => '' ],
    [ 'POST with origin null', 'POST', site => 'cross-site', headers => { Origin => 'null' }, body => '' ],
    [ 'POST without Origin', 'POST', site => 'cross-site', body => '' ],
    [ 'a client that says nothing', 'GET', headers => { 'Sec-Fetch-Site' => undef, 'Sec-Fetch-Mode' => undef, 'Sec-Fetch-Dest' => undef } ],
    [ 'a made-up signature', 'GET', site => 'cross-site', query => '?sig=AAAAAAAA&exp=9999999999' ],
);
for my $row (@strange) {
    my ($name, $method, %o) = @$row;
    my $x = $b->once($method, "$app1/.auth/logout" . ($o{query} // ''), %o);
    like($x->{status}, qr/^(?:200|403)$/, "$name: a page that asks, at most (T-LO6)");
    is($b->once('GET', "$app1/")->{status}, 200, "$name logs nobody out (T-LO4)");
}
$r = $b->once('GET', "$app1/.auth/logout", site => 'cross-site');
like($r->{body}, qr{<form method="post" action="/\.auth/logout">.*<button}s, 'the page has a button');

# ---- meant ----

my %stolen = map { $_ => $b->cookie("$_.localhost", 'auth') } qw(app1 app2);
$r = $b->submit($r, {});
like($r->{body}, qr/signed out/i, 'the button signs out and says so');
ok(!defined $b->cookie('app1.localhost', 'auth'), 'the cookie is gone');
is($ab->browser->once('GET', $ab->app($_) . '/', headers => { Cookie => "auth=$stolen{$_}" })->{status}, 302, "its stolen copy is worth nothing at $_ (T-SE4)") for qw(app1 app2);
is($ab->browser->once('GET', "$app2/", headers => { Cookie => "auth=$stolen{app2}", 'Sec-Fetch-Mode' => 'cors', 'Sec-Fetch-Dest' => 'empty', Accept => '*/*' })->{status},
    401, 'nor to a script, which gets 401 (T-SE4)');
like($b->get("$app2/")->{url}, qr{/realms/acme/}, 'the second app asks again');
is(scalar(my @none = $ab->sids('alice')), 0, 'no session is left');
$r = $b->post("$app1/.auth/logout", {}, site => 'same-origin', headers => { Origin => $app1 });
isnt($r->{status}, 500, 'signing out twice is no fault');

# ---- the landing page of the app ----

$r = $ab->sign_in($b, "$app4/", 'alice', 'alice-pw');
like($r->{body}, qr/user=alice/, 'signed in at the shop');
$r = $b->get("$app4/.auth/logout", site => 'same-origin');
is("$r->{status} $r->{url} $r->{body}", "200 $app4/bye bye\n", 'a link of the app itself lands at auth_broker_logged_out');
unlike(join(' ', @{ $b->{trail} }), qr/id_token_hint|eyJ/, 'no address on the way carries a token');

# ---- at the provider too ----

$b = $ab->browser;
$r = $ab->sign_in_upstream($b, "$app1/", 'anna', 'anna');
like($r->{body}, qr/user=anna/, 'signed in at the provider');
$r = $b->post("$app1/.auth/logout", {}, site => 'same-origin', headers => { Origin => $app1 });
like($r->{url}, qr{^\Q$ab->{issuer}\E/session/end\?}, 'signing out goes on at the provider');
like($r->{url}, qr/id_token_hint=/, 'which is told whose session it is');
is($b->once('GET', "$app1/")->{status}, 302, 'while ours is over already');
my ($action) = $r->{body} =~ /action="([^"]+)"/;
my ($xsrf) = $r->{body} =~ /name="xsrf" value="([^"]+)"/;
$r = $b->post($action, { xsrf => $xsrf, logout => 'yes' });
like($r->{body}, qr/signed out/i, 'and comes back to our page');
like($r->{url}, qr{^\Q$ab->{base}\E/realms/acme/}, 'at the realm');
