#!/usr/bin/perl

# Logins that hang at one provider take nothing from anybody else: lookups and other logins go on, the surplus is told at once.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use Time::HiRes qw(time);

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('node');
my $hanging = $ENV{AB_SOAK} ? 200 : 40;
$t->plan(11);
my $ab = Test::AuthBroker->new($t, provider => 1);
$ab->simple_conf(workers => 2, server => <<'EOC')->run;
add_header X-Cache $auth_broker_cache always;
auth_broker_fresh 2s;
location / { proxy_pass http://127.0.0.1:8081; }
EOC
my ($app1, $app2) = ($ab->app, $ab->app('app2'));
my $known = $ab->browser;
$ab->sign_in($known, "$app1/", 'alice', 'alice-pw');

# All stand before their return from the provider; then it stops answering.
my @waiting = map { my $b = $ab->browser; [ $b, $ab->sign_in_upstream($b, "$app1/w", 'anna', 'anna', stop => qr{/example/endpoint})->{headers}{location} ] } 1 .. $hanging;
is(scalar(grep { $_->[1] } @waiting), $hanging, "$hanging people stand at the provider");
kill 'STOP', $ab->{idp_pid};
my @pids;
for my $n (0 .. $#waiting) {
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        $t->{pid} = 0;
        my $start = time;
        my $r = $waiting[$n][0]->get($waiting[$n][1], timeout => 60);
        $t->write_file("hung-$n", join ' ', $r->{status}, time - $start, $r->{body} =~ /href="[^"]+"[^>]*>[^<]*again/i ? 'again' : 'lost');
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
Test::AuthBroker::wait_until(sub { $ab->ctl('status') =~ /idp_calls_total\s+[1-9]/ || -e $t->testdir . '/hung-0' }, 2);

# ---- meanwhile ----

my @took;
for my $n (1 .. 5) {
    my $b = $ab->browser;
    my $start = time;
    my $r = $ab->sign_in($b, "$app2/", 'bob', 'bob-pw');
    push @took, time - $start;
    like($r->{body}, qr/user=bob/, 'a local login completes') if $n == 1;
    is($b->once('GET', "$app2/")->{status}, 200, 'and its session is looked up') if $n == 1;
}
cmp_ok((sort { $a <=> $b } @took)[2], '<', 3, 'logins do not wait for the provider');
my @look = map { my $start = time; my $r = $known->once('GET', "$app1/$_"); $r->{status} == 200 ? time - $start : 99 } 1 .. 20;
cmp_ok((sort { $a <=> $b } @look)[18], '<', 1, 'nor do requests of who is signed in');
is($known->once('GET', "$app2/")->{status}, 302, 'another app of theirs');
like($known->get("$app2/")->{body}, qr/user=alice/, 'opens without the provider');
my ($code) = $ab->ctl('status');
is($code, 0, 'the daemon is ready all the while');

# ---- and what the others get ----

waitpid $_, 0 for @pids;
kill 'CONT', $ab->{idp_pid};
my @ends = map { [ split / /, $t->read_file("hung-$_") ] } 0 .. $#waiting;
is(scalar(grep { $_->[0] =~ /^(?:502|503|504)$/ } @ends), $hanging, 'every one that hung gets a page of 502, 503 or 504');
is(scalar(grep { $_->[2] eq 'again' } @ends), $hanging, 'with a way to try again');
my @at_once = grep { $_->[1] < 8 } @ends;
cmp_ok(scalar @at_once, '>=', $hanging - 24, 'those over the limit for one provider are not kept waiting');
