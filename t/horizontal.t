#!/usr/bin/perl

# Two NGINX and two daemons on one Redis: one sign-in for all, one end for all, and any one of them may die.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('redis-server')->plan(34);
my $t2 = Test::Nginx->new;
$t->todo_alerts;                 # NGINX tells of the workers that are killed here
my ($redis, $redis_pid) = Test::AuthBroker::start_redis($t, 'redis');
my $one = Test::AuthBroker->new($t, redis => $redis);
my $two = Test::AuthBroker->new($t2, redis => $redis, no_realm => 1, options => [ '--key-file', "$one->{run_dir}/state/keys" ], base => $one->{base});

# Both hosts serve the same names behind one balancer; the tests call host 2 at a port of its own.
my $server = <<'EOC';
auth_broker_timeout 2s;
add_header X-Reason $auth_broker_reason always;
location / { proxy_pass http://127.0.0.1:8081; }
EOC
$one->simple_conf(workers => 2, server => $server)->run;
my $p = port(8080);
$two->{upstream} = 0;
$two->{id_port} = port(8199);
$two->write_conf(<<"EOC");
%%TEST_GLOBALS%%
daemon on;
worker_processes 2;
events { }
http {
    %%TEST_GLOBALS_HTTP%%
    auth_broker_socket %%EDGE%%;
    auth_broker_zone sessions:8m;
    %%ID%%
    server { listen 127.0.0.1:8180; server_name app1.localhost; auth_broker_origin http://app1.localhost:$p; auth_broker acme client=wiki; auth_broker_pass user; $server }
    server { listen 127.0.0.1:8180; server_name app2.localhost; auth_broker_origin http://app2.localhost:$p; auth_broker acme client=wiki; auth_broker_pass user; $server }
}
EOC
$two->start_daemon;
$t2->run;

# A balancer between the two: host n serves every address of the site.
my %moved = (port(8080) => port(8180), port(8099) => port(8199));
sub at { my ($n, $url) = @_; $url =~ s{:(\d+)}{':' . ($n == 2 ? $moved{$1} // $1 : $1)}e; return $url }
sub get { my ($n, $b, $url) = @_; return $b->once('GET', at($n, $url)) }
sub until_get { my ($n, $b, $url, $want, $s) = @_; return Test::AuthBroker::wait_until(sub { get($n, $b, $url)->{status} == $want }, $s // 10) }

my ($app1, $app2) = ($one->app, $one->app('app2'));

# ---- sign in at one, used at the other ----

my $b = $one->browser;
like($one->sign_in($b, "$app1/", 'alice', 'alice-pw')->{body}, qr/user=alice/, 'signed in at host 1');
like(get(2, $b, "$app1/")->{body}, qr/user=alice/, 'host 2 knows the session');
my $r = get(2, $b, "$app2/");
is($r->{status}, 302, 'another app at host 2');
$r = get(2, $b, $r->{headers}{location});
like($r->{headers}{location}, qr{^\Q$app2\E/\.auth/callback\?}, 'gets its code from the realm at host 2 without a question');
$r = get(1, $b, $r->{headers}{location});
is($r->{status}, 302, 'and redeems it at host 1');
like(get(2, $b, "$app2/")->{body}, qr/user=alice/, 'for use at both');

# A login in the middle of which every step meets the other host.
my $mixed = $one->browser;
$r = get(1, $mixed, "$app1/mixed");
$r = get(2, $mixed, $r->{headers}{location});
my ($action) = $r->{body} =~ /<form[^>]*action="([^"]+)"/;
$r = $mixed->once('POST', at(1, Test::AuthBroker::Browser::unescape($action)), body => 'username=bob&password=bob-pw&credentialId=');
like($r->{headers}{location} // '', qr{/\.auth/callback}, 'a login page from host 2 is answered at host 1');
$r = get(2, $mixed, $r->{headers}{location});
is("$r->{status} $r->{headers}{location}", '302 /mixed', 'a state sealed at host 1 opens at host 2');
is(get(1, $mixed, "$app1/")->{status}, 200, 'and the session is everywhere');

# ---- logged out everywhere ----

get(2, $b, "$app1/");
$r = $b->once('POST', at(2, "$app1/.auth/logout"), body => '', site => 'same-origin', headers => { Origin => $app1 });
is($r->{status}, 302, 'signing out at host 2');
my $thief = $one->browser;
$thief->{jar} = { map { my $h = $_; $h => { %{ $b->{jar}{$h} } } } keys %{ $b->{jar} } };
for my $n (1, 2) {
    ok(until_get($n, $thief, $_, 302, 2), "host $n: out at $_ (T-SE4)") for $app1, $app2;
}
like(get(1, $b, get(1, $b, "$app1/")->{headers}{location})->{body}, qr/name="password"/, 'and at the realm');

# ---- the other way: ended by host 1's operator ----

$one->sign_in($b, "$app1/", 'alice', 'alice-pw');
ok(until_get(2, $b, "$app1/", 200), 'signed in again, known at host 2');
$one->ctl('session', 'revoke', '--realm', 'acme', '--user', 'alice');
ok(until_get(2, $b, "$app1/", 302, 2), 'a revocation at host 1 reaches host 2');

# ---- kill -9 of any one process loses no session ----

$one->sign_in($b, "$app1/", 'alice', 'alice-pw');
my $cookie = $b->cookie('app1.localhost', 'auth');
sub both { my ($what) = @_; for my $n (1, 2) { ok(until_get($n, $b, "$app1/", 200, 15), "$what: host $n serves the session") } }
both('before');

for my $host ([ 1, $t ], [ 2, $t2 ]) {
    my ($n, $x) = @$host;
    my $master = $x->master_pid;
    my ($worker) = `ps -o pid= --ppid $master` =~ /(\d+)/;
    kill 'KILL', $worker;
    both("a worker of host $n killed");
}
$one->stop_daemon('KILL');
ok(until_get(2, $b, "$app1/", 200), 'daemon 1 killed: host 2 serves');
$one->start_daemon;
both('daemon 1 started again');
$two->stop_daemon('KILL');
$two->start_daemon;
both('daemon 2 killed and started');
kill 'KILL', $redis_pid;
waitpid $redis_pid, 0;
($redis, $redis_pid) = Test::AuthBroker::start_redis($t, 'redis');
both('Redis killed and started');
$t->stop->run;
both('NGINX 1 started anew');
is($b->cookie('app1.localhost', 'auth'), $cookie, 'all under the same cookie');
is(scalar(my @s = $two->sids('alice')), 1, 'in the same session');
