#!/usr/bin/perl

# First sign-ins from a provider: a new user, a name or address that is taken, races, a provider disabled or made anew.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('node')->has_daemon('redis-server')->plan(42);
my ($redis) = Test::AuthBroker::start_redis($t, 'redis');
my $ab = Test::AuthBroker->new($t, no_realm => 1, redis => $redis);
$ab->add_realm($ab->default_realm(identityProviders => [ map { $ab->provider_row(alias => $_) } qw(example second) ]));
my $json = JSON::PP->new->canonical->utf8;
$ab->simple_conf(workers => 2);

my %people = (
    anna => { password => 'x', email => 'anna@company.example', email_verified => JSON::PP::true, given_name => 'Anna', family_name => 'Archer' },
    mail => { password => 'x', email => 'alice@acme.example', email_verified => JSON::PP::true, given_name => 'Mal', family_name => 'Lory' },
    upper => { password => 'x', email => 'ALICE@ACME.example', email_verified => JSON::PP::true, given_name => 'U', family_name => 'Pper' },
    alice => { password => 'x', email => 'other@company.example', email_verified => JSON::PP::true, given_name => 'Al', family_name => 'Ice' },
    BOB => { password => 'x', email => 'third@company.example', email_verified => JSON::PP::true, given_name => 'B', family_name => 'Ob' },
    'a:b' => { password => 'x', email => 'ab@company.example', email_verified => JSON::PP::true, given_name => 'A', family_name => 'B' },
    "o'neil" => { password => 'x', email => 'oneil@company.example', email_verified => JSON::PP::false, given_name => 'Zo\x{eb}', family_name => "O'Neil" },
    many => { password => 'x', email => 'many@company.example', email_verified => JSON::PP::true, given_name => 'M', family_name => 'Any' },
    late => { password => 'x', email => 'late@company.example', email_verified => JSON::PP::true, given_name => 'L', family_name => 'Ate' },
);
$ab->start_provider(users => \%people);
$ab->run;

my $app1 = $ab->app;
my ($realm_id) = $ab->redis('hget', 'ab:realms', 'acme');
sub sign_in { my ($name, $b) = @_; $b //= $ab->browser; return ($b, $ab->sign_in_upstream($b, "$app1/p", $name, 'x')) }
sub users { return sort grep { length } $ab->redis('zrange', "ab:{$realm_id}:users", 0, -1) }
sub links { return sort grep { length } $ab->redis('--scan', '--pattern', "ab:link:*") }

# ---- unique: created and linked ----

my @before = users();
my ($b, $r) = sign_in('anna');
like($r->{body}, qr/user=anna email=anna\@company\.example .*name=Anna Archer/, 'a person nobody knows becomes a user');
is(scalar(my @u = users()), @before + 1, 'one more user');
is(scalar(my @l = links()), 1, 'and one link');
my ($sub) = $r->{body} =~ /sub=(\S+)/;
(undef, $r) = sign_in('anna');
like($r->{body}, qr/sub=\Q$sub\E/, 'who is found by the link the next time');
is(scalar(@u = users()), @before + 1, 'no second user');
(undef, $r) = sign_in('a:b');
like($r->{body}, qr/user=a:b /, 'a subject with a colon is a user of his own (T-BR17)');
(undef, $r) = sign_in("o'neil");
like($r->{body}, qr/user=o'neil email=\S*/, 'so is a name with a quote');

# ---- taken: a page, nothing changed ----

for my $row ([ mail => 'an address that is taken', qr/alice\@acme\.example/i ], [ upper => 'the same address in capitals', qr/alice\@acme\.example/i ],
        [ alice => 'a name that is taken', qr/alice/ ], [ BOB => 'a name taken in other case', qr/bob/i ]) {
    my ($name, $what, $shown) = @$row;
    my @had = (users(), links());
    my ($x, $page) = sign_in($name);
    like($page->{status}, qr/^(?:200|400|409)$/, "$what: a page");
    like($page->{body}, qr/already|exists/i, "$what: that says so");
    like($page->{body}, qr/$shown/, "$what: and names it");
    ok(!defined $x->cookie('app1.localhost', 'auth') && !defined $x->cookie('id.localhost', 'KEYCLOAK_IDENTITY'), "$what: no session");
    is_deeply([ users(), links() ], \@had, "$what: nothing changed");
}
like($ab->sign_in($ab->browser, "$app1/", 'alice', 'alice-pw')->{body}, qr/user=alice email=alice\@acme\.example .*name=Alice Adams/, 'the local user is as before');

# ---- a hundred at once (T-BR8) ----

my $parallel = $ENV{AB_SOAK} ? 100 : 20;
my @waiting = map { my $x = $ab->browser; [ $x, $ab->sign_in_upstream($x, "$app1/p", 'many', 'x', stop => qr{/broker/example/endpoint}) ] } 1 .. $parallel;
@before = (users());
my @had_links = links();
my @pids;
for my $n (0 .. $#waiting) {
    my ($x, $at) = @{ $waiting[$n] };
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        $t->{pid} = 0;
        my $page = $x->get($at->{headers}{location});
        $t->write_file("many-$n", "$page->{status} $page->{body}");
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
waitpid $_, 0 for @pids;
my @pages = map { $t->read_file("many-$_") } 0 .. $#waiting;
is(scalar(@u = users()), @before + 1, "$parallel first logins of one person at once make one user (T-BR8)");
is(scalar(@l = links()), @had_links + 1, 'and one link (T-BR8)');
my %subs = map { /sub=(\S+)/ ? ($1 => 1) : () } @pages;
is(scalar keys %subs, 1, 'whoever got in is that user');
cmp_ok(scalar(grep { /^200 .*user=many/s } @pages), '>=', 1, 'at least one got in');
is(scalar(grep { /^(?:500|0) / } @pages), 0, 'and no one met a fault');
(undef, $r) = sign_in('many');
like($r->{body}, qr/user=many/, 'afterwards the person signs in as any other');

# ---- disabled during the flow (T-BR5) ----

my $late = $ab->browser;
my $at = $ab->sign_in_upstream($late, "$app1/p", 'late', 'x', stop => qr{/broker/example/endpoint});

# The administrator's hand: what an Admin API will do, on the stored document.
sub change_provider {
    my ($change) = @_;
    $ab->stop_daemon;
    my ($id) = $ab->redis('hget', "ab:{$realm_id}:idps:by", 'example');
    my $document = $ab->redis('hget', "ab:{$realm_id}:idps", $id);
    $change->($id, \$document);
    $ab->start_daemon;
}
change_provider(sub { my ($id, $d) = @_; $$d =~ s/"enabled":\s*true/"enabled":false/ or die "no flag in $$d\n"; $ab->redis('hset', "ab:{$realm_id}:idps", $id, $$d) });
my @had = (users(), links());
$r = $late->get($at->{headers}{location});
like($r->{status}, qr/^(?:400|403|404|502)$/, 'a provider disabled while somebody is there: refused on return (T-BR5)');
ok(!defined $late->cookie('app1.localhost', 'auth'), 'without a session (T-BR5)');
is_deeply([ users(), links() ], \@had, 'nor a user or a link (T-BR5)');
$r = $ab->browser->get("$app1/?kc_idp_hint=example");
like("$r->{status} $r->{body}", qr/^200 .*name="password"/s, 'it cannot be chosen any more (T-BR5)');
is($b->once('GET', "$app1/")->{status}, 200, 'who signed in there before goes on');

# ---- deleted and made again under its alias (T-BR18) ----

# Another provider of the same settings, and so of another internalId, takes the alias over.
change_provider(sub {
    my ($id) = @_;
    my ($new) = $ab->redis('hget', "ab:{$realm_id}:idps:by", 'second');
    my $d = $ab->redis('hget', "ab:{$realm_id}:idps", $new);
    $d =~ s/"second"/"example"/g or die "no alias in $d\n";
    $ab->redis('hset', "ab:{$realm_id}:idps", $new, $d);
    $ab->redis('hset', "ab:{$realm_id}:idps:by", 'example', $new);
    $ab->redis('hdel', "ab:{$realm_id}:idps", $id);
    $ab->redis('del', "ab:{$realm_id}:idps:shown");
});
my $x = $ab->browser;
my $page = $x->submit($x->get("$app1/?kc_idp_hint=example"), { login => 'anna', password => 'x' });
unlike($page->{body}, qr/user=anna/, 'a provider made again under its alias has no links (T-BR18)');
like($page->{body}, qr/already|exists/i, 'its anna is a stranger whose name is taken (T-BR18)');
ok(!defined $x->cookie('app1.localhost', 'auth'), 'and gets no session (T-BR18)');
