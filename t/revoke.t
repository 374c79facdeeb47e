#!/usr/bin/perl

# Ends by the operator reach every worker at once, or the worker stops answering for what it cannot know.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use Time::HiRes qw(time sleep);

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('redis-server')->plan(21);
my ($redis) = Test::AuthBroker::start_redis($t, 'redis');
my $ab = Test::AuthBroker->new($t, redis => $redis);
my $two = Test::AuthBroker->new($t, redis => $redis, name => 'd2', no_realm => 1, options => [ '--key-file', "$ab->{run_dir}/state/keys" ]);
$ab->simple_conf(workers => 3, server => <<'EOC');
auth_broker_fresh 3s;
auth_broker_timeout 1s;
location / { proxy_pass http://127.0.0.1:8081; }
EOC
$ab->run;
$two->start_daemon;

my $app1 = $ab->app;

sub signed_in {
    my ($user) = @_;
    my $me = $ab->browser;
    $ab->sign_in($me, "$app1/", $user, "$user-pw");
    return $me;
}

# ---- list ----

my $me = signed_in('alice');
my ($code, $text) = $ab->ctl('session', 'list', '--realm', 'acme', '--user', 'alice');
is($code, 0, 'session list succeeds');
my ($sid) = $ab->sids('alice');
like($text, qr/\Q$sid\E/, 'and shows the session');
is_deeply([ $two->sids('alice') ], [$sid], 'the other daemon lists the same');
($code, $text) = $ab->ctl('session', 'list', '--realm', 'acme', '--user', 'nobody');
isnt($code, 0, 'an unknown user is an error');

# ---- one session, at once ----

my @took;
for my $n (1 .. 5) {
    my $x = signed_in('bob');
    is($x->once('GET', "$app1/")->{status}, 200, "session $n lives") if $n == 1;
    my ($s) = $ab->sids('bob');
    ($n % 2 ? $ab : $two)->ctl('session', 'revoke', $s);
    my $start = time;
    Test::AuthBroker::wait_until(sub { $x->once('GET', "$app1/")->{status} == 302 }, 3);
    push @took, time - $start;
}
my @sorted = sort { $a <=> $b } @took;
cmp_ok($sorted[2], '<', 0.1, 'a revocation at either daemon reaches the workers within 100 ms');
cmp_ok($sorted[4], '<', 1, 'and never takes long');
is($me->once('GET', "$app1/")->{status}, 200, 'sessions of others live on');
($code) = $ab->ctl('session', 'revoke', $sid);
is($code, 0, 'revoking succeeds');
($code) = $ab->ctl('session', 'revoke', $sid);
is($code, 0, 'twice is no error');
my @statuses = map { $me->once('GET', "$app1/$_")->{status} } 1 .. 12;
is("@statuses", join(' ', (302) x 12), 'every worker knows');
($code) = $ab->ctl('session', 'revoke', 'A' x 24);
like($code, qr/^[01]$/, 'a sid that never was is answered');

# ---- all of a user ----

my @all = map { signed_in('alice') } 1 .. 3;
$two->ctl('session', 'revoke', '--realm', 'acme', '--user', 'alice');
Test::AuthBroker::wait_until(sub { $all[2]->once('GET', "$app1/")->{status} == 302 }, 2);
is(join(' ', map { $_->once('GET', "$app1/")->{status} } @all), '302 302 302', 'all sessions of a user end together');

# ---- a follower cut off (T-RV1) ----

$me = signed_in('alice');
($sid) = $ab->sids('alice');
my $other = signed_in('bob');
kill 'STOP', $ab->{pid};
$two->ctl('session', 'revoke', $sid);
my $stopped = time;
my @seen;
while (time - $stopped < 5) {
    push @seen, [ time - $stopped, $me->once('GET', "$app1/")->{status} ];
    last if $seen[-1][1] != 200;
    sleep 0.1;
}
is($seen[-1][1], 503, 'a worker whose daemon is cut off answers 503 in the end (T-RV1)');
cmp_ok($seen[-1][0], '<', 5, 'after auth_broker_fresh at most, and the time of one question (T-RV1)');
is($seen[0][1], 200, 'until then what it knows counts');
my $r = $other->once('GET', "$app1/");
is($r->{status}, 503, 'for everybody');
like($r->{headers}{'retry-after'} // '', qr/^\d+$/, 'with Retry-After');
ok(!@{ $r->{set_cookies} }, 'and the cookie is kept');
kill 'CONT', $ab->{pid};
is(Test::AuthBroker::wait_until(sub { my $s = $me->once('GET', "$app1/")->{status}; $s != 503 && $s }, 10), 302, 'back again, it knows that the session ended');
is(Test::AuthBroker::wait_until(sub { my $s = $other->once('GET', "$app1/")->{status}; $s != 503 && $s }, 10), 200, 'and that the other one did not');
