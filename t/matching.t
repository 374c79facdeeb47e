#!/usr/bin/perl

# Policy follows NGINX's own location match and nothing else: no spelling of a path, no header, no user agent opens a door, and what was
# authorised is what the upstream gets.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf(server => <<'EOC');
location / { auth_broker off; proxy_pass http://127.0.0.1:8081; }
location /admin/ { auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081; }
location /raw/ { auth_broker_require role=editor; proxy_pass http://127.0.0.1:8081; }
location /any/ { proxy_pass http://127.0.0.1:8081; }
location /cut/ { auth_broker_require role=editor; proxy_pass http://127.0.0.1:8081/; }
EOC

# target as the client sends it => does the location /admin/ (403 or 302 for strangers) apply
my @targets = (
    [ '/admin/x', 1, 'the plain path' ],
    [ '/admin/x?y=/public', 1, 'a path in the query (T-PM1)' ],
    [ '/public?x=/admin/', 0, 'the protected path in the query (T-PM1)' ],
    [ '/admin/%2e%2e/admin/x', 1, 'encoded dot segments (T-PM2)' ],
    [ '/public/../admin/x', 1, 'dot segments into it (T-PM2)' ],
    [ '/./admin/x', 1, 'a dot segment (T-PM2)' ],
    [ '//admin//x', 1, 'doubled slashes (T-PM2)' ],
    [ '/%61dmin/x', 1, 'an encoded letter (T-PM2)' ],
    [ '/admin/x%23y', 1, 'an encoded hash (T-PM2)' ],
    [ '/admin/x;a=b', 1, 'a matrix parameter (T-PM2)' ],
    [ '/admin/x%2fy', 1, 'an encoded slash (T-PM2)' ],
    [ "http://app1.localhost:%%P%%/admin/x", 1, 'an absolute-form target (T-PM2)' ],
    [ '/ADMIN/x', 0, 'other case is another location of NGINX (T-PM5)' ],
);
my @headers = (
    [ 'X-Forwarded-Uri' => '/public', 'T-PM3' ], [ 'X-Original-URL' => '/public', 'T-PM3' ], [ 'X-Rewrite-URL' => '/public', 'T-PM3' ],
    [ 'X-Forwarded-Method' => 'OPTIONS', 'T-PM3' ], [ 'X-HTTP-Method-Override' => 'OPTIONS', 'T-PM3' ], [ 'X-Forwarded-For' => '127.0.0.1', 'T-PM4' ],
    [ 'User-Agent' => 'kube-probe/1.29', 'T-PM4' ], [ 'User-Agent' => 'GoogleHC/1.0', 'T-PM4' ], [ 'X-Auth-User' => 'admin', 'T-PM4' ],
    [ 'X-Auth-Roles' => 'admin', 'T-PM4' ], [ 'Authorization' => 'Basic YWRtaW46YWRtaW4=', 'T-PM4' ], [ 'Connection' => 'close, X-Auth-User', 'T-PM4' ],
);
my @malformed = ('GET /admin/%zz HTTP/1.1', 'GET /admin/%00 HTTP/1.1', 'GET /../admin HTTP/1.1', 'GET admin/ HTTP/1.1', 'GET /admin/x HTTP/9.9');
my @cookies = ('auth', 'auth=', 'auth==', "auth=\x01", 'auth=' . 'A' x 78, 'auth=' . 'A' x 5000, 'auth=a; auth=b', ';;;auth;;;', '=auth', 'auth="x"', 'AUTH=x', 'auth =x');
$t->plan(@targets + @headers + @malformed + @cookies + 13);
$ab->run;
my $app1 = $ab->app;

sub raw {
    my ($line, @more) = @_;
    my $r = http(join("\r\n", $line, 'Host: app1.localhost:' . port(8080), 'Connection: close', @more, '', ''));
    my ($status) = ($r // '') =~ m{^HTTP/\S+ (\d+)};
    return wantarray ? ($status // 0, $r) : $status // 0;
}

my $port = port(8080);
for (@targets) {
    my ($target, $protected, $what) = @$_;
    $target =~ s/%%P%%/$port/;
    my $want = $protected ? qr/^(?:401|302)$/ : qr/^200$/;
    like(raw("GET $target HTTP/1.1"), $want, "$what: " . ($protected ? 'refused' : 'open'));
}
for (@headers) {
    my ($name, $value, $id) = @$_;
    like(raw('GET /admin/x HTTP/1.1', "$name: $value"), qr/^(?:401|302)$/, "$name: $value grants nothing ($id)");
}
for (@malformed) {
    like(raw($_), qr/^(?:400|401|302|505)$/, "$_ is refused, not passed on (T-PM5)");
}
for (@cookies) {
    my ($status, $reply) = raw('GET /admin/x HTTP/1.1', "Cookie: $_");
    ok($status =~ /^(?:302|401|400)$/ && $reply !~ /X-Up/, 'a malformed cookie never passes without an identity (T-HD3): ' . substr(quotemeta, 0, 30));
}

# ---- a user whose role does not do ----

my $b = $ab->browser;
$ab->sign_in($b, "$app1/raw/", 'alice', 'alice-pw');
my $r = $b->once('GET', "$app1/admin/secret");
is($r->{status}, 403, 'a role the user lacks: 403');
unlike($r->{raw}, qr/X-Up|uri=/, 'with no byte of the upstream in it (T-LG5)');
$r = $b->once('POST', "$app1/admin/secret", body => 'a=b', headers => { Origin => $app1 });
unlike($r->{raw}, qr/X-Up|uri=/, 'nor by POST (T-LG5)');
$r = $b->once('GET', "$app1/admin/secret?kc_idp_hint=x");
is($r->{status}, 403, 'nor by an argument');

# ---- what was authorised is what is sent ----

like($b->once('GET', "$app1/raw/a%2fb?x=%2e")->{body}, qr{uri=/raw/a%2fb\?x=%2e }, 'without a URI in proxy_pass the raw form goes up (T-PM7)');
like($b->once('GET', "$app1/cut/a%2fb?x=%2e")->{body}, qr{uri=/a/b\?x=%2e }, 'with one the normalised form that was matched (T-PM7)');
like($b->once('GET', "$app1/raw/../raw/c")->{body}, qr{user=alice}, 'and the identity is the same');

# ---- values of the broker stay values ----

$r = $b->once('GET', "$app1/raw/x", headers => { 'X-Test' => '$auth_broker_user' });
like($r->{body}, qr/^x-test: \$auth_broker_user$/mi, 'a text that looks like a variable stays a text (T-PM9)');

# ---- an e-mail nobody verified ----

my $bob = $ab->browser;
$r = $ab->sign_in($bob, "$app1/any/", 'bob', 'bob-pw');
like($r->{body}, qr/user=bob /, 'somebody whose address was never verified signs in');
like($r->{body}, qr/ email= /, 'and the app is not told it (T-HD13)');
unlike($r->{body}, qr/bob\@acme/, 'in no header at all (T-HD13)');
like($b->once('GET', "$app1/any/")->{body}, qr/email=alice\@acme\.example/, 'a verified one is told');
my $log = $t->read_file('error.log');
unlike($log, qr/\[(?:alert|emerg)\]/, 'nothing alarming was logged');
