#!/usr/bin/perl

# No operator's page is reached through NGINX or web.sock, whoever runs them (T-IP1).

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/);
my $ab = Test::AuthBroker->new($t, env => { AUTH_BROKER_BOOTSTRAP_ADMIN_USERNAME => 'root', AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD => 'root-pw' });
my @paths = ('/', '/metrics', '/health', '/health/ready', '/health/live', '/health/started', '/ready', '/live', '/status', '/ctl', '/debug', '/admin', '/admin/', '/admin/realms', '/admin/master/console/', '/admin/serverinfo',
    '/admin/realms/acme/users', '/realms/acme/metrics', '/realms/acme/../../metrics', '/realms/..%2fmetrics', '/realms/%2e%2e/metrics', '/resources/../metrics', '/resources/ab/../../keys', '/resources/%2e%2e/%2e%2e/etc/passwd',
    '/resources//etc/passwd', '/resources/ab/', '/realms/acme/session', '/realms/acme/clients-registrations/default', '/realms/acme/account', '/realms/acme/authz', '/js/keycloak.js', '/lb-check', '/q/health');
my @master = ('/realms/master', '/realms/master/', '/realms/master/protocol/openid-connect/token', '/realms/master/.well-known/openid-configuration', '/realms/%6daster/protocol/openid-connect/certs', '/realms//master', '/realms/./master',
    '/realms/acme/../master');
$t->plan(3 * @paths + @master + 6);
$ab->write_conf(<<'EOC');
%%TEST_GLOBALS%%
daemon on;
events { }
http {
    %%TEST_GLOBALS_HTTP%%
    %%ID%%
    # What an operator should not do: everything passed on.
    server { listen 127.0.0.1:8080; server_name id.localhost; location / { proxy_pass http://auth_broker_web; proxy_set_header Host %%HOST%%; } }
}
EOC
my $host = $ab->{base} =~ s{^http://}{}r;
$t->write_file('nginx.conf', $t->read_file('nginx.conf') =~ s/%%HOST%%/$host/r);
$ab->run;

# One request, its target as it is.
sub ask {
    my ($peer, $target, @more) = @_;
    my $s = $peer =~ m{^/} ? IO::Socket::UNIX->new(Peer => $peer) : IO::Socket::INET->new(PeerAddr => $peer);
    print $s join "\r\n", "GET $target HTTP/1.1", "Host: $host", 'Connection: close', 'Accept: */*', @more, '', '';
    my $reply = Test::Nginx::http_end($s);
    return $reply =~ m{^HTTP/1\.1 (\d+)} ? $1 : 0;
}

my ($shipped, $all) = ("127.0.0.1:$ab->{id_port}", '127.0.0.1:' . port(8080));
for my $path (@paths) {
    like(ask($shipped, $path), qr/^(?:404|400|405)$/, "$path through the shipped configuration: no page (T-IP1)");
    like(ask($all, $path), qr/^(?:404|400|405)$/, "$path with everything passed on: no page (T-IP1)");
    like(ask($ab->{web}, $path), qr/^(?:404|400|405)$/, "$path at web.sock as root: no page (T-IP1)");
}
is(ask($shipped, $_), 404, "$_ is not served by the shipped configuration") for @master;
is(ask($shipped, '/realms/acme/.well-known/openid-configuration'), 200, 'while the realm is');
is(ask($ab->{web}, '/realms/master/.well-known/openid-configuration'), 200, 'and master is there for auth-broker-admin.conf');
is((stat $ab->{ctl})[2] & 0777, 0600, 'ctl.sock is for its owner alone');
is((stat $ab->{edge})[2] & 0777, 0660, 'edge.sock for its group');
like(ask($ab->{web}, '/realms/acme/protocol/openid-connect/auth', 'X-Forwarded-For: 127.0.0.1', 'X-Forwarded-User: root', 'X-Remote-User: root'), qr/^400$/, 'headers that name a user open nothing');
my $text = do { my $s = IO::Socket::UNIX->new(Peer => $ab->{web}); print $s qq({"command": "status"}\n\r\n); Test::Nginx::http_end($s) };
unlike($text, qr/"ok"/, 'web.sock does not speak the operator\'s language');
