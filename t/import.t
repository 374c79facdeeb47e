#!/usr/bin/perl

# Realm files: what is refused and how it says so, what is skipped, replaced or cheap.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

use Time::HiRes qw(time sleep);

my $t = Test::Nginx->new->has(qw/http/)->plan(59);
my $json = JSON::PP->new->canonical->utf8;
my $T = JSON::PP::true;
my $n = 0;

# A daemon over files of its own that is to end by itself: (exit status, what it said).
sub start_over {
    my (%files) = @_;
    my $ab = Test::AuthBroker->new($t, no_realm => 1, name => 'bad' . ++$n);
    mkdir "$ab->{run_dir}/realms";
    for my $name (keys %files) {
        open my $f, '>', "$ab->{run_dir}/realms/$name" or die $!;
        print $f ref $files{$name} ? $json->encode($files{$name}) : $files{$name};
        close $f;
    }
    my @command = $ab->command;
    my $out = `@{[ join ' ', map { "'$_'" } 'timeout', 20, @command ]} 2>&1`;
    return ($? >> 8, $out);
}

my @clients = ({ clientId => 'a', redirectUris => ['https://a.example/cb'] });

# file => what the refusal must name beside the file
my @bad = (
    [ 'no JSON', '{"realm": "r",', qr/line|end|json/i ],
    [ 'nothing', '', qr/json|empty/i ],
    [ 'a list of nothing useful', '[1]', qr/./ ],
    [ 'text', '"realm"', qr/./ ],
    [ 'a repeated member', '{"realm": "r", "realm": "s"}', qr/dupl|repeat|twice|realm/i ],
    [ 'no name', { enabled => $T }, qr/realm/ ],
    [ 'a name that is a number', { realm => 7 }, qr/realm/ ],
    [ 'a name with a slash', { realm => 'a/b' }, qr/realm/ ],
    [ 'a name of 300 bytes', { realm => 'x' x 300 }, qr/realm/ ],
    [ 'enabled as text', { realm => 'r', enabled => 'maybe' }, qr/enabled/ ],
    [ 'a lifespan as text', { realm => 'r', ssoSessionMaxLifespan => 'long' }, qr/ssoSessionMaxLifespan/ ],
    [ 'clients that are no list', { realm => 'r', clients => {} }, qr/clients/ ],
    [ 'a client without clientId', { realm => 'r', clients => [ @clients, { redirectUris => [] } ] }, qr/clients(?:\[1\]|\/1|\.1)/ ],
    [ 'two clients of one clientId', { realm => 'r', clients => [ @clients, @clients ] }, qr/clients(?:\[1\]|\/1|\.1)/ ],
    [ 'a redirect URI that is a number', { realm => 'r', clients => [ { clientId => 'a', redirectUris => [7] } ] }, qr/redirectUris/ ],
    [ 'a provider without alias', { realm => 'r', identityProviders => [ { providerId => 'oidc', config => {} } ] }, qr/identityProviders(?:\[0\]|\/0|\.0)/ ],
    [ 'two providers of one alias', { realm => 'r', identityProviders => [ map { { alias => 'a', providerId => 'oidc', config => { issuer => 'https://i.example' } } } 1, 2 ] }, qr/identityProviders(?:\[1\]|\/1|\.1)/ ],
    [ 'a user without name', { realm => 'r', users => [ { email => 'a@b.example' } ] }, qr/users(?:\[0\]|\/0|\.0)/ ],
    [ 'two users of one name', { realm => 'r', users => [ { username => 'a' }, { username => 'A' } ] }, qr/users(?:\[1\]|\/1|\.1)/ ],
    [ 'two users of one address', { realm => 'r', users => [ { username => 'a', email => 'x@y.example' }, { username => 'b', email => 'X@y.example' } ] }, qr/users(?:\[1\]|\/1|\.1)/ ],
    [ 'a user of an unknown group', { realm => 'r', users => [ { username => 'a', groups => ['/nope'] } ] }, qr/nope|groups/ ],
);
for my $row (@bad) {
    my ($name, $file, $where) = @$row;
    my ($code, $out) = start_over('broken.json' => $file);
    isnt($code, 0, "$name: the start is refused");
    like($out, qr/broken\.json.*$where/s, "$name: it names the file and the place");
}

# ---- a good one beside a bad one: nothing half done ----

my $ab = Test::AuthBroker->new($t, name => 'd1');
open my $f, '>', "$ab->{run_dir}/realms/z.json" or die $!;
print $f '{"realm": "z", "users": 7}';
close $f;
isnt(eval { $ab->start_daemon; 1 }, 1, 'a bad file beside a good one refuses the start');
unlink "$ab->{run_dir}/realms/z.json";
$ab->start_daemon;
like($ab->log_text, qr/"event":"imported","realm":"acme"/, 'without it the good one is imported');

# ---- the second start ----

my @before = sort $ab->redis('hgetall', 'ab:realms');
$ab->stop_daemon;
my $was = length $ab->log_text;
$ab->start_daemon;
unlike(substr($ab->log_text, $was), qr/"event":"imported"/, 'a second start skips what it knows');
is_deeply([ sort $ab->redis('hgetall', 'ab:realms') ], \@before, 'the realm keeps its id');
$ab->stop_daemon;
my $changed = $ab->default_realm(displayName => 'Changed');
$ab->add_realm($changed);
$ab->start_daemon;
unlike($ab->log_text, qr/"event":"imported".*"event":"imported"/s, 'a changed file of a known realm is skipped too');

# ---- a masked secret (T-BR20) ----

$ab->stop_daemon;
my $masked = $ab->default_realm(realm => 'masked');
$_->{secret} = '**********' for grep { $_->{clientId} eq 'api' } @{ $masked->{clients} };
$ab->add_realm($masked)->start_daemon;
like($ab->log_text, qr/mask/i, 'a masked secret is warned about');
$ab->write_conf("%%TEST_GLOBALS%%\ndaemon on;\nevents { }\nhttp { %%TEST_GLOBALS_HTTP%%\n%%ID%%\n}\n");
$t->run;
sub token { my ($realm, $secret) = @_; return $ab->browser->post("$ab->{base}/realms/$realm/protocol/openid-connect/token",
    { grant_type => 'password', client_id => 'api', client_secret => $secret, username => 'alice', password => 'alice-pw' })->{status} }
is(token('acme', 'api-secret'), 200, 'a plain secret works');
is(token('masked', '**********'), 401, 'the mask is no secret (T-BR20)');
is(token('masked', ''), 401, 'nor is nothing');

# ---- two daemons bootstrapping at once (T-BR19) ----

my ($redis) = Test::AuthBroker::start_redis($t, 'shared');
my %admin = (AUTH_BROKER_BOOTSTRAP_ADMIN_USERNAME => 'root', AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD => 'first-pw');
my $key = "$ab->{run_dir}/state/keys";
my @pair = map { Test::AuthBroker->new($t, name => "p$_", redis => $redis, env => \%admin, options => [ '--key-file', $key ]) } 1, 2;
$_->launch_daemon for @pair;
$_->await_daemon for @pair;
ok(-S $pair[0]{ctl} && -S $pair[1]{ctl}, 'two daemons start at once on one empty Redis');
is(scalar(() = ($pair[0]->log_text . $pair[1]->log_text) =~ /"event":"imported","realm":"acme"/g), 1, 'one of them imports');
my ($master) = map { my @l = $pair[0]->redis('hget', 'ab:realms', 'master'); $l[0] } 1;
my @users = grep { length } $pair[0]->redis('zrange', "ab:{$master}:users", 0, -1);
is(scalar @users, 1, 'there is one administrator (T-BR19)');
$pair[0]->stop_daemon;
$pair[0]{env} = { %admin, AUTH_BROKER_BOOTSTRAP_ADMIN_USERNAME => 'other', AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD => 'second-pw' };
$pair[0]->start_daemon;
is_deeply([ grep { length } $pair[0]->redis('zrange', "ab:{$master}:users", 0, -1) ], \@users, 'setting the variable later adds nobody (T-BR19)');

# ---- 10,000 providers ----

my $big = Test::AuthBroker->new($t, name => 'big', no_realm => 1);
my %config = (issuer => 'https://i.example', authorizationUrl => 'https://i.example/a', tokenUrl => 'https://i.example/t', jwksUrl => 'https://i.example/j', clientId => 'c', clientSecret => 's');
$big->add_realm($big->default_realm(realm => 'big', identityProviders => [ map { { alias => "idp-$_", providerId => 'oidc', enabled => $T, config => \%config } } 1 .. 10000 ]));
$big->start_daemon;
like($big->log_text, qr/"realm":"big".*"idps":10000/, '10,000 providers are imported');
$big->stop_daemon;
my $start = time;
$big->start_daemon;
my $took = time - $start;
cmp_ok($took, '<', 3, "a start with 10,000 providers stored is quick");
note(sprintf 'ready after %.0f ms, Redis included', $took * 1000);

# ---- many realms: their keys are made before anybody waits for them ----

my $n_realms = $ENV{AB_SOAK} ? 80 : 4;
my $many = Test::AuthBroker->new($t, name => 'many', no_realm => 1);
$many->add_realm({ realm => "r$_" }) for 1 .. $n_realms;
$many->{start_s} = 120;
$many->start_daemon;
is(scalar(() = $many->log_text =~ /"event":"imported"/g), $n_realms, "$n_realms realms are imported");
unlike($many->log_text, qr/"level":"(?:warn|error)"/, 'in good time');
