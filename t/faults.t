#!/usr/bin/perl

# Redis and the daemon dying and coming back: never anonymous, never a forced login, no session lost.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use Time::HiRes qw(time sleep);

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('redis-server')->plan(36);
my ($redis, $redis_pid) = Test::AuthBroker::start_redis($t, 'redis');
my $ab = Test::AuthBroker->new($t, redis => $redis);
$ab->simple_conf(workers => 2, server => <<'EOC');
auth_broker_timeout 2s;
auth_broker_fresh 4s;
add_header X-Reason $auth_broker_reason always;
add_header X-Cache $auth_broker_cache always;
location / { proxy_pass http://127.0.0.1:8081; }
location /open/ { auth_broker_mode optional; proxy_pass http://127.0.0.1:8081; }
location = /free { auth_broker off; return 200 "free\n"; }
EOC
$ab->run;

my ($app1, $app2) = ($ab->app, $ab->app('app2'));
my $b = $ab->browser;
$ab->sign_in($b, "$app1/", 'alice', 'alice-pw');
$b->get("$app2/");
my $cookie = $b->cookie('app1.localhost', 'auth');
ok(until_hit(), 'signed in, and known to the workers');

# Verdicts of the zone count once the daemon has confirmed its position, every second.
sub until_hit { return Test::AuthBroker::wait_until(sub { ($b->once('GET', "$app1/")->{headers}{'x-cache'} // '') eq 'HIT' }, 10) }
sub until_status { my ($want, $seconds, $url) = @_; return Test::AuthBroker::wait_until(sub { $b->once('GET', $url // "$app1/")->{status} == $want }, $seconds // 10) }

sub is_kind_503 {
    my ($what, $r) = @_;
    is($r->{status}, 503, "$what: 503");
    like($r->{headers}{'retry-after'} // '', qr/^\d+$/, "$what: Retry-After");
    ok(!@{ $r->{set_cookies} }, "$what: the cookie is kept");
    unlike($r->{headers}{location} // '', qr/./, "$what: nobody is sent to sign in");
}

# ---- Redis dies ----

kill 'KILL', $redis_pid;
waitpid $redis_pid, 0;
is($b->once('GET', "$app1/")->{status}, 200, 'without Redis a known session goes on');
ok(until_status(503, 8), 'until its freshness ends (T-SE7)');
my $r = $b->once('GET', "$app1/");
is_kind_503('Redis down', $r);
like($r->{headers}{'x-reason'}, qr/^(?:store_down|edge_stale|edge_timeout)$/, 'the reason says what is down');
is($b->once('GET', "$app1/open/")->{status}, 503, 'an optional page does not take the user for a stranger (T-SE7, T-LG16)');
is($b->once('GET', "$app1/free")->{status}, 200, 'what is not protected goes on');
$r = $ab->browser->get("$app1/");
is($r->{status}, 503, 'the realm says 503 too');
like($r->{headers}{'retry-after'} // '', qr/^\d+$/, 'with Retry-After');
my ($code, $text) = $ab->ctl('status');
is($code, 1, 'auth-brokerctl status says that it is not ready');
isnt($b->once('POST', "$app1/.auth/logout", body => '', site => 'same-origin', headers => { Origin => $app1 })->{status}, 302, 'nobody is told that he is signed out');

($redis, $redis_pid) = Test::AuthBroker::start_redis($t, 'redis');
ok(until_status(200, 15), 'back up, the same session works');
is($b->cookie('app1.localhost', 'auth'), $cookie, 'under the same cookie');
is($b->once('GET', "$app2/")->{status}, 200, 'at the other host too');
is(Test::AuthBroker::wait_until(sub { my ($c) = $ab->ctl('status'); $c == 0 }, 10), 1, 'and the daemon is ready again');

# ---- the daemon dies ----

until_hit();
$ab->stop_daemon('KILL');
is($b->once('GET', "$app1/")->{status}, 200, 'without the daemon a known session goes on');
$t->reload;
is(join(' ', map { $b->once('GET', "$app1/")->{status} } 1 .. 6), '200 200 200 200 200 200', 'also in workers started meanwhile by a reload');
like($ab->browser->once('GET', "$app1/")->{status}, qr/^(?:302|503)$/, 'a stranger is sent to the realm or told to wait, never let in');
my $made_up = $ab->browser->once('GET', "$app1/", headers => { Cookie => 'auth=' . 'A' x 78 });
like($made_up->{status}, qr/^(?:302|503)$/, 'a made-up cookie opens nothing');
ok(until_status(503, 8), 'until freshness ends');
is_kind_503('daemon down', $b->once('GET', "$app1/"));
$ab->start_daemon;
ok(until_status(200, 15), 'the daemon is back: the same session works');
is($b->cookie('app1.localhost', 'auth'), $cookie, 'under the same cookie');
like($ab->sign_in($ab->browser, "$app2/", 'bob', 'bob-pw')->{body}, qr/user=bob/, 'and people sign in');

# ---- NGINX starts while there is no daemon ----

$ab->stop_daemon;
$t->stop->run;
is_kind_503('a fresh NGINX without its daemon', $b->once('GET', "$app1/"));
$ab->start_daemon;
ok(until_status(200, 15), 'it finds the daemon by itself');
is(scalar(my @s = $ab->sids('alice')), 1, 'through all this alice had one session');
