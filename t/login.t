#!/usr/bin/perl

# Sign in with a local password at an app: redirect, form, callback, headers, second app, sign out.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->plan(13);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf->run;

my $app1 = 'http://app1.localhost:' . port(8080);
my $app2 = 'http://app2.localhost:' . port(8080);
my $b = $ab->browser;

my $r = $b->once('GET', "$app1/page?a=1&b=2");
is($r->{status}, 302, 'a stranger is redirected');
like($r->{headers}{location}, qr{^\Q$ab->{base}\E/realms/acme/protocol/openid-connect/auth\?}, 'to the realm');
like($r->{headers}{'cache-control'}, qr/no-store/, 'and nobody keeps that redirect');

$r = $b->get("$app1/page?a=1&b=2");
is($r->{status}, 200, 'the login page comes');
like($r->{body}, qr/name="username".*name="password"/s, 'with its two fields');

$r = $b->submit($r, { username => 'alice', password => 'wrong' });
like($r->{body}, qr/aria-invalid="true"/, 'a wrong password marks the field');

$r = $b->submit($r, { username => 'alice', password => 'alice-pw' });
is($r->{url}, "$app1/page?a=1&b=2", 'the right one leads to exactly the page asked for');
like($r->{body}, qr/user=alice email=alice\@acme\.example groups=\/staff\/eng/, 'which knows the user');
like($r->{body}, qr/cookie= uri/, 'and sees no cookie of ours (T-HD12)');

$r = $b->get("$app2/");
is(scalar @{ $b->{trail} } > 1 && $r->{url}, "$app2/", 'the second app is reached without a question');
like($r->{body}, qr/user=alice/, 'and knows the user too');

$r = $b->post("$app1/.auth/logout", {}, site => 'same-origin', headers => { Origin => $app1 });
like($r->{body}, qr/signed out/i, 'signing out ends at a page that says so');
$r = $b->get("$app2/");
like($r->{url}, qr{/realms/acme/}, 'and the other app is signed out at once');
