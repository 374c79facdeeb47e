#!/usr/bin/perl

# NGINX's phases around us: satisfy, error pages, internal redirects, sub-requests, rewrites, the reserved prefix.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite ssi access auth_basic auth_request addition mirror/)->plan(54);
my $ab = Test::AuthBroker->new($t);

$t->write_file('htpasswd', "basil:{PLAIN}herb\n");
mkdir $t->testdir . "/$_" for qw(off on);
$t->write_file("$_/page.html", 'begin <!--#include virtual="/admin/part" --> middle <!--#include virtual="/editor/part" --> end') for qw(off on);

$ab->simple_conf(server => <<'END');
        root %%TESTDIR%%;
        if ($arg_gone) { return 410; }
        location / { proxy_pass http://127.0.0.1:8081; }
        location ~ /\. { deny all; }
        location /admin/ { auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081; }
        location /editor/ { auth_broker_require role=editor; proxy_pass http://127.0.0.1:8081; }

        location /any/allowed { satisfy any; allow 127.0.0.1; deny all; proxy_pass http://127.0.0.1:8081; }
        location /any/denied { satisfy any; deny all; proxy_pass http://127.0.0.1:8081; }
        location /any/nobody { satisfy any; allow 10.0.0.0/8; proxy_pass http://127.0.0.1:8081; }
        location /any/basic { satisfy any; auth_basic x; auth_basic_user_file htpasswd; proxy_pass http://127.0.0.1:8081; }
        location /any/optional { satisfy any; deny all; auth_broker_mode optional; proxy_pass http://127.0.0.1:8081; }
        location /all/denied { deny all; proxy_pass http://127.0.0.1:8081; }

        location /off/ { auth_broker off; ssi on; }
        location /on/ { ssi on; }
        location /before { auth_broker off; proxy_pass http://127.0.0.1:8081; add_before_body /admin/part; addition_types text/plain; }
        location /mirror/ { mirror /mirrored; proxy_pass http://127.0.0.1:8081; }
        location = /mirrored { internal; auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081/mirrored; access_log %%TESTDIR%%/mirror.log; log_subrequest on; }
        location /ar/ { auth_broker off; auth_request /check; auth_request_set $who $auth_broker_user; add_header X-Who $who; proxy_pass http://127.0.0.1:8081; }
        location = /check { internal; auth_broker_require role=editor; proxy_pass http://127.0.0.1:8081/check; proxy_pass_request_body off; proxy_set_header Content-Length ""; }

        location /page403 { auth_broker_require role=admin; error_page 403 /denied; proxy_pass http://127.0.0.1:8081; }
        location = /denied { auth_broker off; proxy_pass http://127.0.0.1:8081; }
        location /named401 { auth_broker_unauthenticated 401; error_page 401 = @named; proxy_pass http://127.0.0.1:8081; }
        location @named { auth_broker off; proxy_pass http://127.0.0.1:8081; }
        location /loop { auth_broker_require role=admin; error_page 403 /admin/page; proxy_pass http://127.0.0.1:8081; }
        location /accel/editor { proxy_pass http://127.0.0.1:8081/?set=X-Accel-Redirect%3A/inner/editor; }
        location /accel/admin { proxy_pass http://127.0.0.1:8081/?set=X-Accel-Redirect%3A/inner/admin; }
        location /accel/callback { proxy_pass http://127.0.0.1:8081/?set=X-Accel-Redirect%3A/.auth/userinfo; }
        location /inner/editor { internal; auth_broker_require role=editor; auth_broker_pass reset sub; proxy_pass http://127.0.0.1:8081; }
        location /inner/admin { internal; auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081; }
        location /accel/anybody { proxy_pass http://127.0.0.1:8081/?set=X-Accel-Redirect%3A/inner/anybody; }
        location /inner/anybody { internal; auth_broker_accept bearer; auth_broker_audience https://api.example.com; auth_broker_mode optional; proxy_pass http://127.0.0.1:8081; }
        location /try/ { try_files $uri /admin/x; }
        location /last/ { auth_broker off; rewrite ^ /admin/x last; }
        location /limit { limit_except GET { auth_broker_require role=admin; } proxy_pass http://127.0.0.1:8081; }
END
$ab->run;

my $app = 'http://app1.localhost:' . port(8080);
my $browser = $ab->browser;
my $stranger = $ab->browser;
$browser->submit($browser->get("$app/"), { username => 'alice', password => 'alice-pw' });
my %api = ('sec-fetch-mode' => 'cors', 'sec-fetch-dest' => 'empty', accept => '*/*');

sub as_alice { my ($path, %o) = @_; return $browser->once($o{method} // 'GET', "$app$path", %o) }
sub as_stranger { my ($path, %o) = @_; return $stranger->once($o{method} // 'GET', "$app$path", %o) }

# ---- satisfy ----
is(as_alice('/')->{status}, 200, 'alice is signed in');
is(as_stranger('/any/allowed')->{status}, 200, 'satisfy any: an allowed address needs no login');
unlike(as_stranger('/any/allowed', headers => { 'X-Auth-User' => 'mallory' })->{body}, qr/mallory/, 'but cannot name itself (T-HD8)');
is(as_stranger('/any/denied')->{status}, 302, 'satisfy any: a denied address is sent to the login');
is(as_alice('/any/denied')->{status}, 200, 'and let in when signed in');
is(as_stranger('/any/denied', headers => \%api)->{status}, 401, 'a script gets 401 there');
isnt(as_stranger('/any/nobody', headers => \%api)->{status}, 200, 'satisfy any with allow alone lets nobody in (DECLINED is never said)');
is(as_stranger('/any/basic', headers => { Authorization => 'Basic YmFzaWw6aGVyYg==' })->{status}, 200, 'satisfy any: a right Basic password is enough');
is(as_alice('/any/basic')->{status}, 200, 'and so is a session');
is(as_stranger('/any/optional')->{status}, 401, 'under satisfy any being anonymous is no grant');
is(as_stranger('/all/denied')->{status}, 403, 'satisfy all: a denied address is not sent to the login');
is(as_alice('/all/denied')->{status}, 403, 'nor let in by a session');

# ---- sub-requests ----
my $r = as_stranger('/off/page.html');
like($r->{body}, qr/^begin .*403.* middle .*403.* end$/s, 'SSI from an open page into protected locations gives 403 parts (T-PM10)');
$r = as_alice('/off/page.html');
unlike($r->{body}, qr/user=alice/, 'also for a session, since an open page identifies nobody');
$r = as_alice('/on/page.html');
like($r->{body}, qr/^begin .*403 Forbidden.* middle .*user=alice.* end$/s, 'from a protected page each part obeys its own rules (T-PM8)');
is($r->{headers}{'cache-control'}, 'private', 'and the page is private');
unlike(as_stranger('/before')->{body}, qr{uri=/admin/part}, 'add_before_body brings nothing out of a protected location (T-PM8)');
is(as_alice('/mirror/x')->{status}, 200, 'a mirrored request is answered');
select undef, undef, undef, 0.2;
like($t->read_file('mirror.log'), qr/ 403 /, 'while its mirror into a location with a rule is refused (T-PM8)');
is(as_stranger('/ar/x')->{status}, 401, 'auth_request: without identity 401');
$r = as_alice('/ar/x');
is($r->{status}, 200, 'auth_request: with identity 200');
is($r->{headers}{'x-who'}, 'alice', 'and auth_request_set knows the user');

# ---- error pages, internal redirects ----
$r = as_alice('/page403');
is($r->{status}, 403, 'a rule refuses with 403');
like($r->{body}, qr{uri=/denied}, 'and error_page shows the operator\'s page') or diag $r->{body};
unlike($r->{body}, qr/user=alice/, 'which is not told a user as if let in');
is($r->{headers}{'cache-control'}, 'no-store', 'nobody keeps it');
is(as_alice('/loop')->{status}, 403, 'an error page that is protected itself ends');
$r = as_stranger('/named401');
is($r->{status}, 200, 'error_page 401 = @named answers for strangers');
unlike($r->{body}, qr/user=[^ ]/, 'who stay strangers');
is(as_alice('/accel/admin')->{status}, 403, 'X-Accel-Redirect: the target\'s rules count');
$r = as_alice('/accel/anybody');
is($r->{status}, 200, 'a target that takes no session and lets anybody in');
unlike($r->{body}, qr/user=alice/, 'gets nobody, not whom the first location let in (T-HD3)');
$r = as_alice('/accel/editor');
like($r->{body}, qr/sub=[0-9a-f-]{36}/, 'X-Accel-Redirect: the identity is kept (T-HD9)');
like($r->{body}, qr/^user= /, 'with the headers of the target, not of the first location');
is(scalar(() = $r->{body} =~ /^X-Auth-/mg), 1, 'each once');
is(as_alice('/accel/callback')->{status}, 404, 'an upstream cannot redirect into /.auth/');
is(as_alice('/try/x')->{status}, 403, 'try_files: the target\'s rules count');
is(as_stranger('/last/x')->{status}, 302, 'rewrite last: the target\'s rules count');
is(as_alice('/last/x')->{status}, 403, 'for everybody');
is(as_alice('/limit')->{status}, 200, 'limit_except: GET is free of the rule');
is(as_alice('/limit', method => 'POST', body => '')->{status}, 403, 'and POST is not');

# ---- the reserved prefix ----
is(as_alice('/.auth/userinfo')->{status}, 200, '/.auth/ wins over a location that denies dot files (T-PM11)');
is(as_alice('/.auth/userinfo?gone=1')->{status}, 200, 'and over a rewrite of the server');
is(as_alice('/.auth/nope')->{status}, 404, 'an unknown page is 404');
is(as_alice('/.auth/userinfo', method => 'POST', body => '')->{status}, 405, 'a wrong method is 405');
is(as_alice('/.auth/')->{status}, 404, 'the prefix alone is 404');
isnt(as_stranger('/.authx')->{status}, 404, 'a longer name is the app\'s');
is(as_stranger('/.auth/userinfo', headers => \%api)->{status}, 401, '/.auth/userinfo without identity is 401');
$r = as_alice('/.auth/userinfo', headers => { Origin => 'https://evil.example' });
like($r->{body}, qr/"preferred_username":"alice"/, '/.auth/userinfo tells the identity');
ok(!exists $r->{headers}{'access-control-allow-origin'}, 'to no other origin');
unlike($t->read_file('access.log'), qr/code=|state=/, 'no code or state of a callback is in the access log (T-HD7)');
unlike(join("\n", grep { /\[(?:info|notice|warn|error|crit)\]/ } split /\n/, $t->read_file('error.log')), qr/[?&]code=/, 'nor in the error log');
$r = as_stranger('/' . 'x' x 1200 . '?q=' . 'y' x 200);
is($r->{status}, 302, 'a page with a long address starts a login too');
ok(length $r->{headers}{location} < 4096, 'whose address stays short');
