package Test::Upstream;

# Test::Upstream - an application behind NGINX that says what it was sent.
#
# A process of its own: NGINX strips identity headers in every server of a configuration, so a server of the same
# NGINX would never see them.
#
#   Test::Upstream::start($t, port(8081));
#
# Answers any request with one line "user=… email=… groups=… roles=… name=… sub=… cookie=… uri=… auth=…", then every
# request header as "Name: value". Query parameters shape the answer: set=NAME:VALUE adds a header, status=N, sleep=S.

use warnings;
use strict;

use IO::Socket::INET;
use POSIX ();
use Test::Nginx qw(port);

sub start {
    my ($t, $port) = @_;
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "upstream: $!\n";
    $t->run_daemon(sub {
        $SIG{CHLD} = 'IGNORE';
        while (1) {
            my $c = $listen->accept or next;
            my $pid = fork;
            if (defined $pid && $pid == 0) { serve($c); POSIX::_exit(0) }
            close $c;
        }
    });
    return;
}

sub unescape { my ($v) = @_; $v =~ s/%([0-9a-fA-F]{2})/chr hex $1/ge; return $v }

sub answer {
    my ($line, $headers, $body) = @_;
    my ($method, $uri) = split / /, $line;
    my %h;
    for (@$headers) { my ($k, $v) = /^([^:]+):\s*(.*)$/ or next; $h{ lc $k } = exists $h{ lc $k } ? "$h{ lc $k }, $v" : $v }
    my $field = sub { $h{"x-auth-$_[0]"} // '' };
    my $text = join(' ', map { "$_=" . $field->($_) } qw(user email groups roles name sub))
        . ' cookie=' . ($h{cookie} // '') . " uri=$uri auth=" . ($h{authorization} // '') . "\n"
        . "method: $method\n" . join('', map { "$_\n" } @$headers) . ($body ne '' ? "body: $body\n" : '');
    my (@more, $status, $wait);
    for my $pair (split /&/, $uri =~ /\?(.*)/ ? $1 : '') {
        my ($k, $v) = map { unescape($_ // '') } split /=/, $pair, 2;
        if ($k eq 'set') { my ($n, $w) = split /:/, $v, 2; push @more, "$n: $w" }
        $status = $v if $k eq 'status';
        $wait = $v if $k eq 'sleep';
    }
    select undef, undef, undef, $wait if $wait;
    return join "\r\n", 'HTTP/1.1 ' . ($status // 200) . ' Up', 'Content-Type: text/plain', 'X-Up: yes', 'Content-Length: ' . length($text), @more,
        'Connection: close', '', $method eq 'HEAD' ? '' : $text;
}

sub serve {
    my ($c) = @_;
    local $/ = "\r\n";
    my $line = <$c> // return;
    chomp $line;
    my (@headers, $length);
    while (defined(my $h = <$c>)) {
        chomp $h;
        last if $h eq '';
        push @headers, $h;
        $length = $1 if $h =~ /^content-length:\s*(\d+)/i;
    }
    my $body = '';
    read $c, $body, $length if $length;
    print $c answer($line, \@headers, $body);
    close $c;
    return;
}

1;
