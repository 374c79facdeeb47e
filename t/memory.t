#!/usr/bin/perl

# What the daemon takes of memory and descriptors: little at rest, and not more after many logins.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $logins = $ENV{AB_SOAK} ? 4000 : 160;
my $side_by_side = 8;

my $t = Test::Nginx->new->has(qw/http proxy/)->plan(4);
my $ab = Test::AuthBroker->new($t);
$ab->simple_conf->run;

sub status {
    my ($name) = @_;
    open my $f, '<', "/proc/$ab->{pid}/status" or die $!;
    my ($n) = map { /^$name:\s+(\d+)/ ? $1 : () } <$f>;
    return $n;
}

sub descriptors { my @all = glob "/proc/$ab->{pid}/fd/*"; return scalar @all }

cmp_ok(status('VmRSS'), '<', 30 * 1024, 'at rest it takes less than 30 MB');

# Many at once, so that every thread gets its turn.
sub sign_in_many {
    my ($n) = @_;
    my @children = map {
        my $pid = fork // die "fork: $!\n";
        if ($pid == 0) {
            $t->{pid} = 0;
            my $failed = grep { $ab->token('alice', 'alice-pw')->{access_token} ? 0 : 1 } 1 .. $n / $side_by_side;
            POSIX::_exit($failed ? 1 : 0);
        }
        $pid
    } 1 .. $side_by_side;
    return scalar grep { waitpid $_, 0; $? } @children;
}

is(sign_in_many($logins), 0, "$logins logins succeed");
my $open = descriptors();
cmp_ok(status('VmRSS'), '<', 64 * 1024, 'what passwords took is given back');
sign_in_many($logins);
cmp_ok(descriptors(), '<=', $open + 70, 'descriptors stay few');
