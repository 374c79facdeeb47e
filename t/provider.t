#!/usr/bin/perl

# Sign in through a real OpenID provider: first and later sign-ins, key rotation, the provider down and hanging.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('node')->plan(26);
my $ab = Test::AuthBroker->new($t, provider => 1);
$ab->simple_conf->run;

my $app1 = $ab->app;
my $b = $ab->browser;

# ---- first sign-in ----

my $r = $b->get("$app1/doc?x=1&y=%2F");
my ($button) = $r->{body} =~ m{(<a[^>]*id="social-example".*?</a>)}s;
like($button, qr/Example/, 'the login page has a button of the provider');
$r = $ab->sign_in_upstream($b, "$app1/doc?x=1&y=%2F", 'anna', 'wrong');
like($r->{url}, qr{^\Q$ab->{issuer}\E/interaction/}, 'a wrong password stays at the provider');
$r = $b->submit($r, { login => 'anna', password => 'anna' });
is($r->{url}, "$app1/doc?x=1&y=%2F", 'the right one leads to exactly the page asked for');
like($r->{body}, qr/user=anna email=anna\@company\.example .*name=Anna Archer/, 'with the identity the provider gave');
my ($sub) = $r->{body} =~ /sub=(\S+)/;
is(() = $r->{body} =~ /^x-auth-user:/gim, 1, 'in one header');
is(scalar(my @sids = $ab->sids('anna')), 1, 'one session');

$r = $b->get("$app1/second");
is(scalar @{ $b->{trail} }, 1, 'the next page needs no redirect');
$r = $b->get($ab->app('app2') . '/');
like("$r->{url} $r->{body}", qr{^\Q@{[$ab->app('app2')]}\E/ user=anna}, 'the second app asks nothing');

# ---- later ones ----

my $b2 = $ab->browser;
$r = $ab->sign_in_upstream($b2, "$app1/", 'anna', 'anna');
like($r->{body}, qr/user=anna .*sub=\Q$sub\E/, 'a second sign-in finds the linked user');
is(scalar(my @two = $ab->sids('anna')), 2, 'in a session of its own');
$r = $ab->sign_in_upstream($ab->browser, "$app1/", 'ben', 'ben');
like($r->{body}, qr/user=ben email=ben/, 'another person is another user');
unlike($r->{body}, qr/sub=\Q$sub\E/, 'with another id');

# ---- key rotation at the provider between two logins ----

$ab->stop_provider->start_provider(freshKey => JSON::PP::true);
$r = $ab->sign_in_upstream($ab->browser, "$app1/", 'anna', 'anna');
like($r->{body}, qr/user=anna .*sub=\Q$sub\E/, 'a new signing key at the provider fails no login');
$ab->stop_provider->start_provider(freshKey => JSON::PP::true);
$r = $ab->sign_in_upstream($ab->browser, "$app1/", 'ben', 'ben');
like($r->{body}, qr/user=ben /, 'nor does the next one right after it (T-BE14)');

# ---- down ----

my $endpoint = qr{/broker/example/endpoint};
my $late = $ab->browser;
$r = $ab->sign_in_upstream($late, "$app1/down", 'anna', 'anna', stop => $endpoint);
my $to_hang = $ab->browser;
my $h = $ab->sign_in_upstream($to_hang, "$app1/hang", 'anna', 'anna', stop => $endpoint);
$ab->stop_provider;
$r = $late->get($r->{headers}{location});
is($r->{status}, 502, 'a provider that is down gives 502');
my ($again) = $r->{body} =~ m{href="([^"]+)"[^>]*>[^<]*again}i;
ok($again, 'on a page with a link to try again');
unlike(join(' ', keys %{ $late->{jar}{'app1.localhost'} }), qr/\bauth /, 'and no session');
is($b->get("$app1/other")->{status}, 200, 'who is signed in goes on');
like($ab->sign_in($ab->browser, "$app1/", 'alice', 'alice-pw')->{body}, qr/user=alice/, 'and others sign in');

# ---- hangs: it accepts and never answers ----

$ab->start_provider;
kill 'STOP', $ab->{idp_pid};
my $pid = fork // die "fork: $!\n";
if ($pid == 0) {
    my $x = $to_hang->get($h->{headers}{location}, timeout => 40);
    $t->write_file('hung', "$x->{status} $x->{body}");
    POSIX::_exit(0);
}
select undef, undef, undef, 0.3;
like($ab->sign_in($ab->browser, "$app1/", 'alice', 'alice-pw')->{body}, qr/user=alice/, 'while it hangs others sign in');
is($b->get("$app1/hot")->{status}, 200, 'and known sessions are served');
waitpid $pid, 0;
kill 'CONT', $ab->{idp_pid};
like($t->read_file('hung'), qr/^504 /, 'a provider that hangs gives 504');
like($t->read_file('hung'), qr/href="[^"]+"[^>]*>[^<]*again/i, 'with a link to try again');

$r = $late->get(Test::AuthBroker::Browser::unescape($again));
like($r->{body}, qr/social-example|name="login"/, 'which works once the provider is back');
like($ab->log_text, qr/idp_down.*idp_timeout/s, 'the log names both reasons');
like(scalar $ab->ctl('status'), qr/idp_calls_total +[1-9].*idp_failures_total +[1-9]/s, 'and auth-brokerctl status counts calls and failures');
