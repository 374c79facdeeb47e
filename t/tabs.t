#!/usr/bin/perl

# Many tabs of one browser: first ones in parallel, finished in any order.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->plan(27);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf->run;

my $app1 = $ab->app;
my $stop = qr{/\.auth/callback};

# ---- three tabs open one after the other, finished in another order ----

my $b = $ab->browser;
my @tab = map { $b->get("$app1/tab$_?n=$_") } 1 .. 3;
is($_->{status}, 200, 'each tab has its login page') for @tab;
my $r = $b->submit($tab[1], { username => 'alice', password => 'alice-pw' });
is("$r->{status} $r->{url}", "200 $app1/tab2?n=2", 'the second tab signs in and gets its own page');
my $sid = $b->cookie('app1.localhost', 'auth');
for my $n (0, 2) {
    $r = $b->submit($tab[$n], { username => 'alice', password => 'alice-pw' });
    isnt($r->{status}, 500, "tab @{[$n + 1]} sent afterwards is no fault");
    my ($go_on) = $r->{body} =~ m{href="([^"]+)"};
    $r = $b->get(Test::AuthBroker::Browser::absolute($r->{url}, Test::AuthBroker::Browser::unescape($go_on))) if $r->{url} !~ m{^\Q$app1\E/};
    like($r->{url}, qr{^\Q$app1\E/}, 'and ends at the app');
    like($r->{body}, qr/user=alice/, 'signed in');
}
is($b->get("$app1/after")->{status}, 200, 'all go on');
is(scalar(my @s = $ab->sids('alice')), 1, 'in one session');

# ---- first tabs in parallel: each answer sets another binding cookie, the last one wins ----

$b = $ab->browser;
my @start = map { Test::AuthBroker->browser->once('GET', "$app1/p$_") } 1 .. 4;
my @bound = map { $_->{set_cookies}[0] =~ /auth-login=([^;]+)/ } @start;
is(scalar(keys %{ { map { $_ => 1 } @bound } }), 4, 'parallel first tabs get different binding cookies');
$b->keep_cookie('app1.localhost', $start[3]{set_cookies}[0]);
$r = $b->submit($b->follow($start[0]), { username => 'alice', password => 'alice-pw' });
is("$r->{status} $r->{url}", "200 $app1/p1", 'a tab whose cookie was overwritten still ends at its page');
like($r->{body}, qr/user=alice/, 'signed in');
for my $n (1 .. 3) {
    $r = $b->follow($start[$n]);
    is("$r->{status} $r->{url}", "200 $app1/p" . ($n + 1), "tab $n ends at its page without a question");
}
is($b->get("$app1/after")->{status}, 200, 'and the session lives');

# ---- two callbacks at hand before either is used ----

$b = $ab->browser;
my $one = $ab->sign_in($b, "$app1/one", 'alice', 'alice-pw', stop => $stop);
my $two = $b->get("$app1/two", stop => $stop);
$r = $b->get($two->{headers}{location});
is("$r->{status} $r->{url}", "200 $app1/two", 'the later callback first');
my $earlier = $b->cookie('app1.localhost', 'auth');
$r = $b->get($one->{headers}{location});
is("$r->{status} $r->{url}", "200 $app1/one", 'the earlier one after it');
my $later = $b->cookie('app1.localhost', 'auth');
isnt($later, $earlier, 'the later login has a session id of its own (T-SE3)');
my $old = $ab->browser->once('GET', "$app1/", headers => { Cookie => "auth=$earlier" });
is($old->{status}, 302, 'and ended the edge session before it');
is($b->get("$app1/")->{status}, 200, 'but not the sign-in that both share');

# ---- a browser that restores thirty tabs ----

$b = $ab->browser;
my @many = map { $b->once('GET', "$app1/restored$_") } 1 .. 30;
is(scalar(grep { $_->{status} == 302 } @many), 30, 'thirty restored tabs: thirty redirects');
is(scalar(keys %{ $b->{jar}{'app1.localhost'} }), 1, 'and one cookie for all of them');
$b->submit($b->follow($many[29]), { username => 'alice', password => 'alice-pw' });
my @ends = map { my $x = $b->follow($_); "$x->{status} " . ($x->{url} =~ s{.*/}{}r) } @many[0 .. 9];
is(join(' ', @ends), join(' ', map { "200 restored$_" } 1 .. 10), 'every one ends at its page after one password');
