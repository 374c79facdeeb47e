#!/usr/bin/perl

# A verdict is leased: what a worker knows when the daemon is gone, and for how long; what is kept over a reload.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx qw(port);
use Test::AuthBroker;
use Time::HiRes qw(sleep time);

my $t = Test::Nginx->new->has(qw/http proxy/)->plan(26);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf(workers => 2, server => <<'EOC');
auth_broker_fresh 3s;
auth_broker_timeout 1500ms;
location / { proxy_pass http://127.0.0.1:8081; add_header X-Cache $auth_broker_cache; }
EOC
$ab->run;

my ($app1, $app2) = map { $ab->app($_) } qw(app1 app2);
my $alice = $ab->browser;
like($ab->sign_in($alice, "$app1/", 'alice', 'alice-pw')->{body}, qr/user=alice/, 'signed in');
$alice->get("$app2/");

# ---- the hot path asks nobody ----

my $calls = sub { my $c = $ab->redis_calls; my $n = 0; $n += $_ for grep { defined } @$c{qw(hmget hgetall evalsha)}; return $n };
$alice->once('GET', "$app1/") for 1 .. 4;
my $before = $calls->();
my @hits = map { $alice->once('GET', "$app1/")->{headers}{'x-cache'} // '' } 1 .. 50;
is(scalar(grep { $_ eq 'HIT' } @hits), 50, 'fifty requests are answered from the zone');
cmp_ok($calls->() - $before, '<=', 2, 'and cost the store next to nothing');

# ---- random cookies never leave the worker (T-DO1) ----

$before = $calls->();
my $mallory = $ab->browser;
my @got = map { $mallory->once('GET', "$app1/", headers => { Cookie => 'auth=' . join '', map { ('A' .. 'Z', 'a' .. 'z', 0 .. 9)[rand 62] } 1 .. 78 })->{status} } 1 .. 200;
is(scalar(grep { $_ == 302 } @got), 200, 'two hundred random cookies are sent to the login');
cmp_ok($calls->() - $before, '<=', 4, 'without a question to the store (T-DO1)');

# ---- an end reaches every worker ----

my $bob = $ab->browser;
$ab->sign_in($bob, "$app1/", 'alice', 'alice-pw');
is($bob->once('GET', "$app1/")->{status}, 200, 'a second browser of hers');
is(scalar(my @two = $ab->sids('alice')), 2, 'two sessions');
$ab->ctl('session', 'revoke', '--realm', 'acme', $_) for @two;
my $gone = Test::AuthBroker::wait_until(sub { 302 == $alice->once('GET', "$app1/")->{status} }, 2);
ok($gone, 'revoked, the session is over at once');
is(scalar(grep { $_->once('GET', "$app1/")->{status} == 200 } (($alice, $bob) x 10)), 0, 'in every worker');
is($alice->once('GET', "$app2/")->{status}, 302, 'and at the other app');

# ---- the daemon is killed ----

$ab->sign_in($alice, "$app1/", 'alice', 'alice-pw');
$alice->once('GET', "$app1/") for 1 .. 4;
sleep 1.2;                              # a position comes every second
$ab->stop_daemon('KILL');
is($alice->once('GET', "$app1/")->{status}, 200, 'the daemon is killed: a known session goes on');
kill 'HUP', $t->read_file('nginx.pid');
sleep 0.7;
is($alice->once('GET', "$app1/")->{status}, 200, 'also in a worker started meanwhile');
is($alice->once('GET', "$app1/")->{headers}{'x-cache'}, 'HIT', 'from the zone that was kept');
my $r = $mallory->once('GET', "$app1/page");
is($r->{status}, 302, 'a stranger is sent to the login all the same');

# the lease runs out
sleep 4;
my $start = time;
$r = $alice->once('GET', "$app1/");
is($r->{status}, 503, 'after the lease nobody vouches for it: 503 (T-RV1)');
cmp_ok(time - $start, '<', 4, 'inside auth_broker_timeout');
ok($r->{headers}{'retry-after'}, 'with Retry-After');
is(scalar @{ $r->{set_cookies} }, 0, 'and the cookie is kept');
like($t->read_file('error.log'), qr/reason=edge_(?:timeout|down)/, 'the log says why');

# ---- and comes back ----

$ab->start_daemon;
my $back = Test::AuthBroker::wait_until(sub { 200 == $alice->once('GET', "$app1/")->{status} }, 8);
ok($back, 'the daemon is back: the same session works');
is($alice->once('GET', "$app1/")->{status}, 200, 'and goes on');
$ab->ctl('session', 'revoke', '--realm', 'acme', $_) for $ab->sids('alice');
ok(Test::AuthBroker::wait_until(sub { 302 == $alice->once('GET', "$app1/")->{status} }, 2), 'a mark after the restart arrives');

# ---- a daemon that was stopped tells old news ----

$ab->sign_in($alice, "$app1/", 'alice', 'alice-pw');
is($alice->once('GET', "$app1/")->{status}, 200, 'signed in once more');
my $redis = $ab->redis_pid;
kill 'STOP', $ab->{pid};
sleep 4.2;
kill 'STOP', $redis;
kill 'CONT', $ab->{pid};
sleep 0.3;
is($alice->once('GET', "$app1/")->{status}, 503, 'what Redis said before the daemon was stopped begins no new lease (T-RV1)');
kill 'CONT', $redis;
ok(Test::AuthBroker::wait_until(sub { 200 == $alice->once('GET', "$app1/")->{status} }, 8), 'Redis confirms again: the session goes on');
unlike($t->read_file('error.log'), qr/\[alert\]|signal 11/, 'no worker died');
