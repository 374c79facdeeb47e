#!/usr/bin/perl

# What make install puts where, and that NGINX and systemd take it.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy/)->plan(25);
$t->todo_alerts;                 # a refused configuration is an [emerg] line
my $ab = Test::AuthBroker->new($t);
my $dir = $t->testdir . '/root';
my ($top, $build) = ($Test::AuthBroker::TOP, $Test::AuthBroker::BUILD);
# What is built stays as it is: other tests may be running with it.
my $said = `cd '$top' && make -s -o all install DESTDIR='$dir' B='$build' 2>&1`;
is($? >> 8, 0, 'make install DESTDIR= succeeds') or diag($said);

my %files = ('usr/sbin/auth-brokerd' => 0755, 'usr/bin/auth-brokerctl' => 0755, 'usr/lib/nginx/modules/ngx_http_auth_broker_module.so' => 0644,
    'etc/nginx/conf.d/auth-broker-http.conf' => 0644, 'etc/nginx/snippets/auth-broker-realm.conf' => 0644, 'etc/nginx/snippets/auth-broker-admin.conf' => 0644,
    'usr/lib/systemd/system/auth-broker.service' => 0644, 'etc/auth-broker/environment' => 0640);
is(sprintf('%o', ((stat "$dir/$_")[2] // 0) & 0777), sprintf('%o', $files{$_}), "$_ is there") for sort keys %files;
ok(-l "$dir/etc/nginx/modules-enabled/50-mod-http-auth-broker.conf", 'the module is enabled as Debian does it');
open my $f, '<', "$dir/usr/share/nginx/modules-available/mod-http-auth-broker.conf" or die $!;
like(join('', <$f>), qr{^load_module modules/ngx_http_auth_broker_module\.so;}m, 'by one line');
`'$dir/usr/sbin/auth-brokerd' --version` ;
is($? >> 8, 0, 'the installed daemon runs');

# A second installation elsewhere, over an environment file that somebody changed.
open my $e, '>>', "$dir/etc/auth-broker/environment" or die $!;
print $e "AUTH_BROKER_HOSTNAME=https://id.example.com\n";
close $e;
`cd '$top' && make -s -o all install DESTDIR='$dir' B='$build' 2>&1`;
open $e, '<', "$dir/etc/auth-broker/environment" or die $!;
like(join('', <$e>), qr/id\.example\.com/, 'installing again keeps what was configured');
`cd '$top' && make -s -o all install DESTDIR='$dir/2' PREFIX=/opt/ab SYSCONF=/opt/ab/etc B='$build' 2>&1`;
ok(-x "$dir/2/opt/ab/sbin/auth-brokerd", 'PREFIX is honoured');
open my $u, '<', "$dir/2/opt/ab/lib/systemd/system/auth-broker.service" or die $!;
like(join('', <$u>), qr{^ExecStart=/opt/ab/sbin/auth-brokerd}m, 'also inside the unit');
SKIP: {
    skip 'no systemd-analyze', 1 if system('command -v systemd-analyze >/dev/null 2>&1') != 0;
    my $verdict = `systemd-analyze verify --root='$dir' auth-broker.service 2>&1`;
    unlike($verdict, qr/Unknown (?:key|section|lvalue)|Failed to parse|Invalid/i, 'systemd knows every setting of the unit');
}

# ---- nginx -t ----

# The machine's own log folder stays alone.
sub moved { my ($path) = @_; open my $in, '<', $path or die "$path: $!\n"; local $/; my $x = <$in>; $x =~ s{/var/log/nginx}{$dir}g; open my $out, '>', $path or die $!; print $out $x; close $out }
moved($_) for glob "$dir/etc/nginx/snippets/*.conf $dir/etc/nginx/conf.d/*.conf";
my $globals = "pid $dir/nginx.pid;\nload_module $dir/usr/lib/nginx/modules/ngx_http_auth_broker_module.so;\n";
my $http = "include $dir/etc/nginx/conf.d/*.conf;\naccess_log off;\n";
my $app = 'auth_broker_socket unix:/run/auth-broker/edge.sock; auth_broker_zone sessions:8m; server { listen 127.0.0.1:8080; server_name wiki.example.com; auth_broker_origin https://wiki.example.com; '
    . 'auth_broker acme client=wiki; auth_broker_pass user email groups; location / { proxy_pass http://127.0.0.1:8081; } }';

sub check { my ($inside) = @_; $t->write_file_expand('nginx.conf', "${globals}events { }\nhttp {\n$http$inside\n}\n"); return $t->test_config }

for my $row ([ 'http level alone', '' ],
        [ 'the realm', "server { listen 127.0.0.1:8099; server_name id.example.com; include $dir/etc/nginx/snippets/auth-broker-realm.conf; }" ],
        [ 'the realm and its administrators in one server', "server { listen 127.0.0.1:8099; server_name id.example.com; include $dir/etc/nginx/snippets/auth-broker-realm.conf; include $dir/etc/nginx/snippets/auth-broker-admin.conf; }" ],
        [ 'all with an app', "$app server { listen 127.0.0.1:8099; server_name id.example.com; include $dir/etc/nginx/snippets/auth-broker-realm.conf; }" ]) {
    my ($code, $out) = check($row->[1]);
    is($code, 0, "nginx -t passes with $row->[0], neither daemon nor provider running") or diag($out);
}
my ($code, $out) = check("server { listen 127.0.0.1:8099; auth_broker acme client=wiki; }");
isnt($code, 0, 'a protected server without socket and zone is refused');
like($out, qr/nginx\.conf:\d+/, 'with file and line');

# ---- the configuration that README shows ----

open my $readme, '<', "$top/README.md" or die $!;
my ($shown) = join('', <$readme>) =~ /```nginx\n(.*?)```/s;
system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 2 -keyout '$dir/key.pem' -out '$dir/cert.pem' 2>/dev/null");
$shown =~ s/^load_module.*\n//m;
$shown =~ s{include (conf\.d|snippets)/}{include $dir/etc/nginx/$1/}g;
$shown =~ s{(ssl_certificate)(\s+)\S+;}{$1$2$dir/cert.pem;}g;
$shown =~ s{(ssl_certificate_key)(\s+)\S+;}{$1$2$dir/key.pem;}g;
$shown =~ s/^http \{/http { access_log off;/m;
$shown =~ s/listen 443/listen 127.0.0.1:8080/g;
$t->write_file_expand('nginx.conf', $globals . $shown);
($code, $out) = $t->test_config;
is($code, 0, 'nginx -t passes with the whole configuration of the README') or diag($out);

# ---- the shipped configuration at work: master only where it is let in ----

$t->write_file_expand('nginx.conf', "%%TEST_GLOBALS%%\ndaemon on;\nevents { }\nhttp {\n%%TEST_GLOBALS_HTTP%%\ninclude $dir/etc/nginx/conf.d/*.conf;\n"
    . "server { listen 127.0.0.1:$ab->{id_port}; server_name id.localhost; include $dir/etc/nginx/snippets/auth-broker-realm.conf; include $dir/etc/nginx/snippets/auth-broker-admin.conf; }\n}\n");
open my $c, '<', "$dir/etc/nginx/conf.d/auth-broker-http.conf" or die $!;
my $conf = join '', <$c>;
close $c;
open $c, '>', "$dir/etc/nginx/conf.d/auth-broker-http.conf" or die $!;
print $c $conf =~ s{unix:/run/auth-broker/web\.sock}{unix:$ab->{web}}r;
close $c;
$ab->start_daemon;
$t->run;
my $b = $ab->browser;
is(join(' ', map { $b->once('GET', "$ab->{base}/realms/$_/.well-known/openid-configuration")->{status} } qw(acme master)), '200 200', 'the realm and, from this machine, master are served');
$b->once('GET', "$ab->{base}/realms/acme/protocol/openid-connect/auth?client_id=wiki&state=secret-in-the-query");
$t->stop;
open my $l, '<', "$dir/auth-broker.log" or die "no log: $!\n";
unlike(join('', <$l>), qr/secret-in-the-query|client_id/, 'the realm\'s access log has no arguments (T-HD7)');
