#!/usr/bin/perl

# Refusals that a person reads: a page of ours on a page visit, the operator's error_page where there is one, a bare status for scripts.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->plan(11);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf(server => <<'EOC')->run;
location / { proxy_pass http://127.0.0.1:8081; }
location /admin/ { auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081; }
location /own/ { auth_broker_require role=admin; error_page 403 /sorry.html; proxy_pass http://127.0.0.1:8081; }
location = /sorry.html { auth_broker off; return 200 "operator's page"; }
location /any/ { satisfy any; deny all; auth_broker_require role=admin; proxy_pass http://127.0.0.1:8081; }
EOC

my $app = 'http://app1.localhost:' . port(8080);
my $b = $ab->browser;
$ab->sign_in($b, "$app/", 'alice', 'alice-pw');

my $r = $b->once('GET', "$app/admin/");
is($r->{status}, 403, 'a page that asks for a role the user lacks is 403');
like($r->{body}, qr/you are signed in, but may not/i, 'and says so in words');
like($r->{body}, qr/rule_role/, 'with the reason code');
like($r->{headers}{'content-security-policy'}, qr/default-src 'none'/, 'under a strict policy');
like($r->{headers}{'cache-control'}, qr/no-store/, 'which nobody keeps');

$r = $b->once('GET', "$app/admin/", headers => { 'Sec-Fetch-Mode' => 'cors', 'Sec-Fetch-Dest' => 'empty', Accept => '*/*' });
is($r->{status}, 403, 'a script is refused as well');
unlike($r->{body}, qr/rule_role/, 'without that page');

$r = $b->once('GET', "$app/own/");
is($r->{status}, 403, 'an error_page of the operator keeps the status');
like($r->{body}, qr/operator's page/, 'and wins over ours');

$r = $b->once('GET', "$app/any/");
is($r->{status}, 403, 'under satisfy any it is 403 too');
unlike($r->{body}, qr/rule_role/, 'said by NGINX, after all others were asked');
