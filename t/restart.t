#!/usr/bin/perl

# A login begun anew or taken up late is judged anew: nothing of it is remembered as settled (T-LG9).

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use MIME::Base64 qw(encode_base64url decode_base64url);

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('redis-server')->plan(30);
my ($redis) = Test::AuthBroker::start_redis($t, 'redis');
my $ab = Test::AuthBroker->new($t, redis => $redis);
$ab->simple_conf->run;
my $app1 = $ab->app;
my ($realm_id) = $ab->redis('hget', 'ab:realms', 'acme');

sub href { my ($r, $what) = @_; my ($h) = $r->{body} =~ m{href="([^"]*$what[^"]*)"} or return; return Test::AuthBroker::Browser::unescape($h) }
sub action { my ($r) = @_; my ($h) = $r->{body} =~ m{<form[^>]*action="([^"]+)"} or return ''; return Test::AuthBroker::Browser::unescape($h) }
sub forget { $ab->redis('del', $_) for grep { length } $ab->redis('--scan', '--pattern', 'ab:{a:*') }
sub answer { my ($b, $r) = @_; return $b->submit($r, { username => 'alice', password => 'alice-pw' }) }

# ---- started again by its link ----

my $b = $ab->browser;
my $r = $b->get("$app1/want?x=1");
my $stale = action($r);
my ($query) = $stale =~ /\?(.*)/;
my ($client, $tab) = $query =~ /(client_id=[^&]+).*(tab_id=[^&]+)/;
my $restart = "$ab->{base}/realms/acme/login-actions/restart?" . join '&', grep { /^(?:client_id|tab_id|client_data)=/ } split /&/, $query;
$r = $b->get($restart);
is($r->{status}, 200, 'restarting a login shows its page');
isnt(action($r), $stale, 'with another code');
my $old = $b->post($stale, { username => 'alice', password => 'alice-pw' }, site => 'same-origin');
unlike($old->{body}, qr/user=alice/, 'a form from before the restart signs nobody in (T-LG9)');
ok(!defined $b->cookie('id.localhost', 'KEYCLOAK_IDENTITY'), 'nor at the realm (T-LG9)');
$r = answer($b, $b->get($restart));
is("$r->{status} $r->{url}", "200 $app1/want?x=1", 'the page of the restart does, and leads to the page first asked for');

# ---- the server forgot, the browser's KC_RESTART remembers ----

$b = $ab->browser;
$r = $b->get("$app1/late?x=2");
forget();
$r = answer($b, $r);
like($r->{status}, qr/^(?:200|400)$/, 'a form sent to a login that is over');
unlike($r->{body}, qr/user=alice/, 'does not count (T-LG9)');
like($r->{body}, qr/name="password"/, 'but gets the login page again');
$r = answer($b, $r);
is("$r->{status} $r->{url}", "200 $app1/late?x=2", 'which leads to the page first asked for');

# ---- without it, or with a changed one ----

for my $row ([ 'no KC_RESTART', sub { $_[0]->drop_cookie('id.localhost', 'KC_RESTART') } ],
        [ 'a changed KC_RESTART', sub { my ($c) = grep { $_->{name} eq 'KC_RESTART' } values %{ $_[0]{jar}{'id.localhost'} }; substr($c->{value}, 40, 1) = substr($c->{value}, 40, 1) eq 'A' ? 'B' : 'A' } ],
        [ 'the KC_RESTART of no one', sub { my ($c) = grep { $_->{name} eq 'KC_RESTART' } values %{ $_[0]{jar}{'id.localhost'} }; $c->{value} = 'eyJhbGciOiJub25lIn0.e30.' } ]) {
    my ($what, $change) = @$row;
    $b = $ab->browser;
    $r = $b->get("$app1/lost");
    forget();
    $change->($b);
    $r = answer($b, $r);
    like($r->{status}, qr/^(?:200|400)$/, "$what: a page");
    unlike($r->{body}, qr/user=alice|name="password"/, "$what: nothing is begun from it");
    ok(!defined $b->cookie('id.localhost', 'KEYCLOAK_IDENTITY'), "$what: no session");
}

# ---- client_data is the browser's word ----

$b = $ab->browser;
$r = $b->get("$app1/data");
my $evil = encode_base64url('{"ru":"https://evil.example/cb","rt":"code","st":"s"}');
my $changed = action($r) =~ s/client_data=[^&]*/client_data=$evil/r;
$r = $b->post($changed, { username => 'alice', password => 'alice-pw' }, site => 'same-origin', stop => qr/evil/);
unlike(($r->{headers}{location} // '') . $r->{body}, qr/evil\.example/, 'a client_data of another redirect URI leads nowhere (T-LG9)');
forget();
$b = $ab->browser;
$r = $b->get("$app1/data");
forget();
$b->drop_cookie('id.localhost', 'KC_RESTART');
$r = $b->get(action($r) =~ s/client_data=[^&]*/client_data=$evil/r, stop => qr/evil/);
unlike(($r->{headers}{location} // '') . $r->{body}, qr/evil\.example/, 'nor does it when the login is gone (T-LG9)');
for my $word ('x', '%00', 'A' x 5000, encode_base64url('[]'), encode_base64url('{"ru":7}')) {
    $r = $b->get(action($b->get("$app1/data")) =~ s/client_data=[^&]*/client_data=$word/r);
    like($r->{status}, qr/^(?:200|400|414)$/, 'a client_data of ' . substr($word, 0, 12) . ' is no fault of ours');
}

# ---- what changed meanwhile counts ----

sub change_client {
    my ($change) = @_;
    $ab->stop_daemon;
    my $id = $ab->redis('hget', "ab:{$realm_id}:clients:by", 'wiki');
    my $d = $ab->redis('hget', "ab:{$realm_id}:clients", $id);
    $change->(\$d);
    $ab->redis('hset', "ab:{$realm_id}:clients", $id, $d);
    $ab->start_daemon;
}
$b = $ab->browser;
$r = $b->get("$app1/disabled");
my $from = $b->get("$app1/gone");
change_client(sub { ${ $_[0] } =~ s/"enabled":\s*true/"enabled":false/ or die "no flag\n" });
my $x = answer($b, $r);
unlike($x->{body}, qr/user=alice/, 'a client disabled while its login page was open gets no login (T-LG9, T-BR5)');
like($x->{status}, qr/^400$/, 'but an error page');
forget();
$x = answer($b, $from);
unlike($x->{body}, qr/user=alice|name="password"/, 'nor does a restart begin one for it (T-LG9)');
change_client(sub { ${ $_[0] } =~ s/"enabled":\s*false/"enabled":true/; ${ $_[0] } =~ s{"redirectUris":\s*\[[^\]]*\]}{"redirectUris":["https://elsewhere.example/cb"]} or die "no URIs\n" });
$b = $ab->browser;
is($b->get("$app1/")->{status}, 400, 'a redirect URI that is no longer registered is refused at once');
$x = $ab->browser;
$x->{jar} = { 'id.localhost' => { 'KC_RESTART /realms/acme/' => { name => 'KC_RESTART', path => '/realms/acme/', value => ($from->{set_cookies}[-1] =~ /KC_RESTART=([^;]+)/)[0] // 'x' } } };
$r = $x->get(action($from));
unlike($r->{body} . ($r->{headers}{location} // ''), qr/name="password"|code=/, 'and not begun anew from KC_RESTART (T-LG9)');
