#!/usr/bin/perl

# What a callback that is forged, expired, foreign, doubled, replayed or refused gets: a page with a way to start again, never a session.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/);
my $ab = Test::AuthBroker->new($t);
my $p = port(8080);
$ab->simple_conf(http => <<'EOC');
server {
    listen 127.0.0.1:8080;
    server_name app3.localhost;
    auth_broker acme client=pay;
    location / { proxy_pass http://127.0.0.1:8081; }
}
EOC
$ab->run;

my $app1 = $ab->app;

# A browser that stands just before its callback; the callback's parameters.
sub almost {
    my $b = $ab->browser;
    my $r = $ab->sign_in($b, "$app1/target?q=1", 'alice', 'alice-pw', stop => qr{/\.auth/callback});
    my ($query) = $r->{headers}{location} =~ /\?(.*)/;
    return ($b, map { split /=/, $_, 2 } split /&/, $query);
}

sub ask {
    my ($b, $query, %o) = @_;
    return $b->once($o{method} // 'GET', ($o{host} // $app1) . "/.auth/callback?$query", site => 'cross-site', %o);
}

sub query { my ($p) = @_; return join '&', map { "$_=$p->{$_}" } sort keys %$p }

sub flip { my ($v, $at) = @_; substr($v, $at, 1) = substr($v, $at, 1) eq 'A' ? 'B' : 'A'; return $v }

# what is done to the right parameters => the reason on the page
my @rows = (
    [ 'no parameters', sub { '' }, 'callback_params' ],
    [ 'no state', sub { delete $_[0]{state}; query($_[0]) }, 'callback_params' ],
    [ 'no code', sub { delete $_[0]{code}; query($_[0]) }, 'callback_params' ],
    [ 'an empty code', sub { $_[0]{code} = ''; query($_[0]) }, 'callback_params|code_invalid' ],
    [ 'code twice (T-LG10)', sub { query($_[0]) . "&code=$_[0]{code}" }, 'callback_params' ],
    [ 'state twice (T-LG10)', sub { query($_[0]) . "&state=$_[0]{state}" }, 'callback_params' ],
    [ 'iss twice (T-LG10)', sub { query($_[0]) . "&iss=$_[0]{iss}" }, 'callback_params' ],
    [ 'code and error', sub { query($_[0]) . '&error=access_denied' }, 'callback_params|access_denied' ],
    [ 'a state that is no attempt', sub { $_[0]{state} = 'hello'; query($_[0]) }, 'attempt_format' ],
    [ 'a state of other alphabet', sub { $_[0]{state} =~ s/^.{4}/%00%ff/; query($_[0]) }, 'attempt_format|callback_params' ],
    [ 'a state with its first byte changed', sub { $_[0]{state} = flip($_[0]{state}, 0); query($_[0]) }, 'attempt_(?:format|seal)' ],
    [ 'a state with a byte in the middle changed', sub { $_[0]{state} = flip($_[0]{state}, 60); query($_[0]) }, 'attempt_seal' ],
    [ 'a state cut short', sub { chop $_[0]{state} for 1 .. 8; query($_[0]) }, 'attempt_(?:format|seal)' ],
    [ 'a state of 9 KB', sub { $_[0]{state} = 'A' x 7000; query($_[0]) }, 'attempt_(?:format|seal)|callback_params' ],
    [ 'a code with a byte changed', sub { $_[0]{code} = flip($_[0]{code}, 3); query($_[0]) }, 'code_invalid' ],
    [ 'a code that is no code', sub { $_[0]{code} = '%27%3B--'; query($_[0]) }, 'code_invalid' ],
    [ 'the iss of another realm (T-LG6)', sub { $_[0]{iss} =~ s/acme$/other/; query($_[0]) }, 'callback_issuer' ],
    [ 'an iss longer by a slash (T-LG6)', sub { $_[0]{iss} .= '%2F'; query($_[0]) }, 'callback_issuer' ],
    [ 'an error answer of the realm', sub { query({ state => $_[0]{state}, iss => $_[0]{iss}, error => 'access_denied' }) }, 'access_denied' ],
    [ 'an error with markup', sub { query({ state => $_[0]{state}, iss => $_[0]{iss}, error => '%3Cscript%3E', error_description => '%3Cb%3E' }) }, 'callback_error' ],
);

$t->plan(4 * @rows + 29);

for my $row (@rows) {
    my ($name, $change, $reason) = @$row;
    my ($b, %p) = almost();
    my $r = ask($b, $change->(\%p));
    is($r->{status}, 400, "$name: 400");
    like($r->{body}, qr/<small>(?:$reason)<\/small>/, "$name: the reason on the page");
    like($r->{body}, qr{href="/\.auth/login(?:\?return=[^"]*)?"}, "$name: a way to start again");
    ok(!defined $b->cookie('app1.localhost', 'auth'), "$name: no session");
}
unlike(scalar $ab->log_text, qr/"level":"error"/, 'none of them is an error of ours');

# A client may have its realm leave iss out (exclude.issuer.from.auth.response); the sealed attempt names the realm all the same (T-LG6).
my ($quiet, %q) = almost();
delete $q{iss};
is(ask($quiet, query(\%q))->{headers}{location}, '/target?q=1', 'without iss the code goes to the realm of the attempt');

# ---- replayed ----

my ($b, %p) = almost();
my $right = query(\%p);
my $r = ask($b, $right);
is("$r->{status} $r->{headers}{location}", '302 /target?q=1', 'the right callback leads to the page asked for');
my $first = $b->cookie('app1.localhost', 'auth');
$r = ask($b, $right);
is("$r->{status} $r->{headers}{location}", '302 /target?q=1', 'again, as by the back button: to that page too');
is($b->cookie('app1.localhost', 'auth'), $first, 'the session stays what it was');
is($b->get("$app1/")->{status}, 200, 'and lives');
$b->drop_cookie('app1.localhost', 'auth');
$r = ask($b, $right);
is($r->{status}, 400, 'again without a session: the page');
like($r->{body}, qr/code_used/, 'which says that the code was used');
ok(!defined $b->cookie('app1.localhost', 'auth'), 'and gives no session');

# ---- another browser (T-LG7) ----

($b, %p) = almost();
$right = query(\%p);
my $other = $ab->browser;
$r = ask($other, $right);
is($r->{status}, 400, 'a callback in a browser without a binding cookie: 400 (T-LG7)');
like($r->{body}, qr/attempt_cookie/, 'and says so');
$other->once('GET', "$app1/mine");
$r = ask($other, $right);
is($r->{status}, 302, 'with a binding cookie of its own: a fresh attempt (T-LG7)');
like($r->{headers}{location}, qr{^\Q$ab->{base}\E/realms/acme/protocol/openid-connect/auth\?}, 'that starts at the realm');
my ($retry) = $r->{headers}{location} =~ /[?&]state=([^&]+)/;
my $thief = $ab->browser;
$thief->once('GET', "$app1/x");
$r = ask($thief, "code=x&state=$retry&iss=$p{iss}");
is($r->{status}, 400, 'which is tried once only: then the page (T-LG7)');
like($r->{body}, qr/attempt_browser/, 'that names the reason');
ok(!defined $other->cookie('app1.localhost', 'auth') && !defined $thief->cookie('app1.localhost', 'auth'), 'neither got a session');
$r = ask($b, $right);
is("$r->{status} $r->{headers}{location}", '302 /target?q=1', 'the code was not redeemed for a stranger: its owner still can');

# ---- another host, another client (T-LG14) ----

for my $host (qw(app2 app3)) {
    ($b, %p) = almost();
    my $binding = $b->cookie('app1.localhost', 'auth-login');
    $r = ask($b, query(\%p), host => $ab->app($host), headers => { Cookie => "auth-login=$binding" });
    is($r->{status}, 400, "an attempt of app1 at $host: 400 (T-LG14)");
    ok(!defined $b->cookie("$host.localhost", 'auth'), "no session at $host");
}

# ---- methods, cookies ----

($b, %p) = almost();
$r = ask($b, query(\%p), method => 'POST', body => '');
like($r->{status}, qr/^40[05]$/, 'POST is no callback');
ok(!defined $b->cookie('app1.localhost', 'auth'), 'and gives no session');
$r = ask($b, query(\%p), method => 'HEAD');
ok(!defined $b->cookie('app1.localhost', 'auth') || $r->{status} == 302, 'HEAD does what GET does, or nothing');
($b, %p) = almost();
my $mine = $b->cookie('app1.localhost', 'auth-login');
$r = ask($b, query(\%p), headers => { Cookie => 'auth-login=' . flip($mine, 5) });
isnt($r->{status}, 500, 'two binding cookies are no fault of ours');
$r = ask($ab->browser, query(\%p), headers => { Cookie => 'auth-login=' . 'A' x 2000 });
like("$r->{status} $r->{headers}{location}", qr{^302 \Q$ab->{base}\E/}, 'a binding cookie of another shape: a fresh attempt, as with any that does not fit');
$r = $ab->browser->once('GET', "$app1/.auth/callback/x?" . query(\%p));
is($r->{status}, 404, 'nothing is below the callback');
like($t->read_file('error.log'), qr/attempt_seal/, 'the log has the reason');
unlike($t->read_file('access.log') . $ab->log_text, qr/\Q$p{code}\E/, 'and no code in the daemon\'s');
