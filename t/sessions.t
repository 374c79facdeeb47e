#!/usr/bin/perl

# Sessions at app hosts: new ids, cookies of others, limits, what an upstream may set.

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
my $p = port(8080);

my $realm = $ab->default_realm;
push @{ $realm->{clients} }, { clientId => 'safe', publicClient => $T, redirectUris => ['https://safe.localhost/.auth/callback'] };
$ab->add_realm($realm);
for my $limit ([ idle => ssoSessionIdleTimeout => 2 ], [ brief => ssoSessionMaxLifespan => 3 ]) {
    my ($name, $setting, $seconds) = @$limit;
    $ab->add_realm({ %{ $ab->default_realm }, realm => $name, $setting => $seconds, groups => [], users => [ { username => 'alice', enabled => $T, email => 'a@b.example',
        firstName => 'A', lastName => 'A', credentials => [ { type => 'password', value => 'alice-pw' } ] } ],
        clients => [ { clientId => 'wiki', publicClient => $T, redirectUris => ["http://$name.localhost:$p/.auth/callback"] } ] });
}
my $up = 'location / { proxy_pass http://127.0.0.1:8081; }';
$ab->simple_conf(http => <<"EOC");
server { listen 127.0.0.1:8080; server_name app3.localhost; auth_broker acme client=pay; auth_broker_pass user; $up }
server { listen 127.0.0.1:8080; server_name safe.localhost; auth_broker acme client=safe; auth_broker_origin https://safe.localhost; auth_broker_pass user; $up }
server { listen 127.0.0.1:8080; server_name idle.localhost; auth_broker idle client=wiki; auth_broker_pass user; $up }
server { listen 127.0.0.1:8080; server_name brief.localhost; auth_broker brief client=wiki; auth_broker_pass user; $up }
EOC
$t->plan(51);
$ab->run;

my ($app1, $app2) = ($ab->app, $ab->app('app2'));
sub status { my ($url, $cookie) = @_; return $ab->browser->once('GET', $url, headers => { Cookie => $cookie })->{status} }

# ---- the cookie ----

my $b = $ab->browser;
my $r = $ab->sign_in($b, "$app1/", 'alice', 'alice-pw', stop => qr{/\.auth/callback});
$r = $b->once('GET', $r->{headers}{location});
my ($line) = grep { /^auth=/ } @{ $r->{set_cookies} };
like($line, qr/^auth=[A-Za-z0-9_-]{78}; /, 'the session cookie is 78 characters of base64url');
like($line, qr/; HttpOnly/, 'HttpOnly (T-SE5)');
like($line, qr/; SameSite=Lax/, 'SameSite=Lax');
like($line, qr{; Path=/}, 'for the whole host');
unlike($line, qr/Max-Age|Expires|Domain|Secure/i, 'and for this browser run');
my $first = $b->cookie('app1.localhost', 'auth');
my $bound = $b->cookie('app1.localhost', 'auth-login');

# ---- ids (T-SE3, T-SE15) ----

is(status("$app1/", "auth=$bound"), 302, 'the id from before the login is no session (T-SE15)');
is(status("$app1/", "auth=$first"), 200, 'the one after it is');
my $pre = $ab->browser;
$r = $pre->get("$app1/");
my $old = $pre->cookie('id.localhost', 'AUTH_SESSION_ID');
$pre->submit($r, { username => 'alice', password => 'alice-pw' });
my $new = $pre->cookie('id.localhost', 'AUTH_SESSION_ID') // '';
isnt($new, $old, 'the realm\'s id changes at login (T-SE3)');
my $fixed = $ab->browser;
$fixed->keep_cookie('id.localhost', "AUTH_SESSION_ID=$old; Path=/realms/acme/");
like($fixed->get("$app1/")->{body}, qr/name="password"/, 'and its former value signs nobody in (T-SE15)');

my $attacker = $ab->browser;
$ab->sign_in($attacker, "$app1/", 'bob', 'bob-pw');
my $planted = $attacker->cookie('app1.localhost', 'auth');
my $victim = $ab->browser;
$victim->keep_cookie('app1.localhost', "auth=$planted; Path=/");
like($victim->get("$app1/")->{body}, qr/user=bob/, 'a planted session shows whose it is');
$victim->post("$app1/.auth/logout", {}, site => 'same-origin', headers => { Origin => $app1 });
$ab->sign_in($victim, "$app1/", 'alice', 'alice-pw');
isnt($victim->cookie('app1.localhost', 'auth'), $planted, 'the next login has an id of its own (T-SE3)');
is(status("$app1/", "auth=$planted"), 302, 'and the planted one is dead');

# A second login at a host ends only the edge session before it.
my $again = $ab->browser;
$ab->sign_in($again, "$app1/", 'alice', 'alice-pw');
$again->get("$app2/");
my ($e1, $e2) = map { $again->cookie("$_.localhost", 'auth') } qw(app1 app2);
$again->get("$app1/.auth/login?return=/x");
isnt($again->cookie('app1.localhost', 'auth'), $e1, 'a second login at a host gives a new id');
ok(Test::AuthBroker::wait_until(sub { status("$app1/", "auth=$e1") == 302 }, 2), 'ends the edge session before it');
is(status("$app2/", "auth=$e2"), 200, 'and nothing else');

# ---- where a cookie counts (T-CD1) ----

is(status("$app2/", "auth=$first"), 302, 'the cookie of app1 is nothing at app2: another origin');
is(status($ab->app('app3') . '/', "auth=$first"), 302, 'nor at another client');
is(status("$app1/", "auth=$first"), 200, 'also right after a hit there (T-CD1)');

# ---- tossing (T-SE10) and other shapes ----

sub reason { my ($cookie) = @_; return status("$app1/", $cookie) }
my @shapes = (
    [ "auth=$first; auth=$first", 200, 'the same cookie twice counts once' ],
    [ "auth=$first; auth=$planted", 302, 'two different ones: nobody is let in (T-SE10)' ],
    [ "auth=$planted; auth=$first", 302, 'in either order (T-SE10)' ],
    [ "auth=; auth=$first", '200|302', 'an empty one beside it' ],
    [ "AUTH=$first", 302, 'another case of the name' ],
    [ "xauth=$first", 302, 'a longer name' ],
    [ "auth=$first,x=1", 302, 'a comma is no separator' ],
    [ "a=b; auth=$first; c=d", 200, 'other cookies around it' ],
    [ 'auth="' . $first . '"', 302, 'in quotes' ],
    [ "auth=${first}A", 302, 'a character more' ],
    [ 'auth=' . substr($first, 0, 77), 302, 'one less' ],
    [ 'auth=' . ($first =~ s/^./\//r), 302, 'another alphabet' ],
    [ 'auth=' . (substr($first, 0, 40) . ($first =~ /^.{40}A/ ? 'B' : 'A') . substr $first, 41), 302, 'one character changed' ],
    [ 'auth=' . 'A' x 78, 302, 'made up' ],
    [ 'auth=' . 'A' x 5000, 302, '5 KB of it (T-SE2)' ],
    [ '=; =; ;;; auth', 302, 'no names (T-SE2)' ],
    [ join('; ', map { "auth=$_" } 1 .. 300), 302, '300 of them (T-SE2)' ],
);
for my $row (@shapes) { my ($cookie, $want, $name) = @$row; like(status("$app1/", $cookie), qr/^(?:$want)$/, $name) }

# ---- an https origin: __Host-auth alone (T-SE19, T-SE10) ----

my $safe = $ab->app('safe');
$b = $ab->browser;
$r = $ab->sign_in($b, "$safe/", 'alice', 'alice-pw', stop => qr{^https://safe});
like($r->{headers}{location}, qr{^https://safe\.localhost/\.auth/callback\?}, 'the callback is at the configured origin (T-HD4)');
$r = $b->once('GET', $r->{headers}{location} =~ s{^https://safe\.localhost}{$safe}r);
($line) = grep { /^__Host-auth=/ } @{ $r->{set_cookies} };
like($line // '', qr{^__Host-auth=\S+; .*Secure}, 'the cookie is __Host- and Secure');
my $host = $b->cookie('safe.localhost', '__Host-auth') // '';
is(status("$safe/", "__Host-auth=$host"), 200, 'it opens');
is(status("$safe/", "auth=$host"), 302, 'under the plain name it does not (T-SE19)');
is(status("$safe/", "auth=$planted; __Host-auth=$host"), 200, 'a plain one from a sibling locks nobody out (T-SE10)');
is(status("$app1/", "__Host-auth=$first"), 302, 'over http the __Host- name is not read');

# ---- what an upstream may set (T-SE16) ----

$b = $ab->browser;
$ab->sign_in($b, "$app1/", 'alice', 'alice-pw');
my $before = $b->cookie('app1.localhost', 'auth');
$r = $b->once('GET', "$app1/?set=Set-Cookie:auth%3Devil%3B%20Path%3D/&set=Set-Cookie:theirs%3D1&set=Set-Cookie:__Host-auth%3Devil%3B%20Secure%3B%20Path%3D/&set=Set-Cookie:auth-login%3Devil");
is(join('|', @{ $r->{set_cookies} }), 'theirs=1', 'an upstream sets its own cookies and none of ours (T-SE16)');
is($b->cookie('app1.localhost', 'auth'), $before, 'the session stays');

# ---- limits of the realm ----

for my $name (qw(idle brief)) {
    my $app = $ab->app($name);
    my $x = $ab->browser;
    like($ab->sign_in($x, "$app/", 'alice', 'alice-pw')->{body}, qr/user=alice/, "$name: signed in");
    is($x->once('GET', "$app/")->{status}, 200, "$name: the session lives");
    sleep 1;
    $x->once('GET', "$app/") if $name eq 'brief';
    sleep 3;
    $r = $x->once('GET', "$app/");
    is($r->{status}, 302, "$name: and is over after its time");
    like($x->get("$app/")->{body}, qr/name="password"/, "$name: the realm asks for the password again");
}
