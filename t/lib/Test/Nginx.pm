package Test::Nginx;

# Test::Nginx - the part of the API of NGINX's own test library that our tests use, implemented anew.
#
# When TEST_NGINX_LIB names a checkout of the real one, tests load that instead (see the first lines of any t/*.t).
# Environment: TEST_NGINX_BINARY (nginx), TEST_NGINX_GLOBALS, TEST_NGINX_GLOBALS_HTTP (put into configurations),
# TEST_NGINX_LEAVE (keep the folder), TEST_NGINX_VERBOSE.

use warnings;
use strict;

use Exporter qw(import);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(:sys_wait_h);
use Socket qw(CRLF);
use Test::More qw();
use Time::HiRes qw(sleep time);

our @EXPORT = qw(log_in log_out http http_get http_head http_post http_start http_end http_content port http_gzip_request);

our $NGINX = $ENV{TEST_NGINX_BINARY} // '/usr/sbin/nginx';
our %ports;
my @instances;

sub new {
    my ($class) = @_;
    my $self = bless { pid => $$, alerts => 0, daemons => [], dirs => 1 }, $class;
    $self->{dir} = tempdir('nginx-test-XXXXXX', TMPDIR => 1);
    chmod 0755, $self->{dir};
    mkdir "$self->{dir}/logs";
    Test::More::diag("$self->{dir}") if $ENV{TEST_NGINX_VERBOSE};
    push @instances, $self;
    return $self;
}

# Before Test::More looks at the plan: everything is stopped, then the logs are looked at.
END {
    local $?;
    $_->finish for grep { $_->{pid} == $$ } @instances;
}

sub finish {
    my ($self) = @_;
    return if $self->{gone}++;
    $self->stop;
    $self->stop_daemons;
    $self->check_logs if $self->{planned};
    remove_tree($self->{dir}) unless $ENV{TEST_NGINX_LEAVE};
}

# A log with an alert or a sanitizer's report fails the test, whatever its assertions say.
sub check_logs {
    my ($self) = @_;
    my $text = join '', map { $self->read_file($_) } grep { /^(?:error|daemon).*\.log$/ } map { s{.*/}{}r } glob "$self->{dir}/*.log";
    my @bad = grep { /\[(?:alert|emerg)\]|Sanitizer:|runtime error:/ } split /\n/, $text;
    Test::More::is($self->{todo_alerts} ? '' : join("\n", @bad), '', 'no alerts in the logs');
}

sub plan {
    my ($self, $n) = @_;
    $self->{planned} = $n + 1;      # and the one of check_logs
    Test::More::plan(tests => $n + 1);
    return $self;
}

sub has {
    my ($self, @features) = @_;
    for my $f (@features) {
        Test::More::plan(skip_all => "no $f available") unless $self->has_feature($f);
    }
    return $self;
}

sub has_feature {
    my ($self, $f) = @_;
    our $built //= `$NGINX -V 2>&1`;
    my %off = (rewrite => 'http_rewrite', proxy => 'http_proxy', fastcgi => 'http_fastcgi', cache => 'http-cache', ssi => 'http_ssi',
        auth_basic => 'http_auth_basic', access => 'http_access', map => 'http_map', limit_req => 'http_limit_req', mirror => 'http_mirror',
        upstream_keepalive => 'http_upstream_keepalive', uwsgi => 'http_uwsgi', scgi => 'http_scgi', grpc => 'http_grpc', http => 'http');
    my %on = (http_ssl => 'http_ssl_module', http_v2 => 'http_v2_module', realip => 'http_realip_module', addition => 'http_addition_module',
        auth_request => 'http_auth_request_module', slice => 'http_slice_module', stub_status => 'http_stub_status_module', debug => 'debug');
    return $built !~ /--without-\Q$off{$f}\E(?:_module|\b)/ if $off{$f};
    return $built =~ /--with-\Q$on{$f}\E\b/ if $on{$f};
    return 0;
}

sub has_daemon {
    my ($self, $name) = @_;
    Test::More::plan(skip_all => "no $name") if system("command -v $name >/dev/null 2>&1") != 0;
    return $self;
}

sub testdir { return $_[0]{dir} }

# A port of our own for each number that a test writes down: tests run side by side.
sub port {
    my ($want) = @_;
    return $ports{$want} if $ports{$want};
    for (1 .. 50) {
        my $try = 20000 + int(rand(10000));
        next if grep { $_ == $try } values %ports;
        my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $try, Listen => 1, ReuseAddr => 1) or next;
        close $s;
        return $ports{$want} = $try;
    }
    die "no free port\n";
}

sub write_file {
    my ($self, $name, $content) = @_;
    open my $f, '>', "$self->{dir}/$name" or die "cannot write $name: $!\n";
    binmode $f;
    print $f $content;
    close $f or die "cannot write $name: $!\n";
    return $self;
}

sub read_file {
    my ($self, $name) = @_;
    open my $f, '<', "$self->{dir}/$name" or return '';
    binmode $f;
    local $/;
    return <$f> // '';
}

sub expand {
    my ($self, $text) = @_;
    my $user = $> == 0 ? "user root;\n" : '';
    my $globals = "pid $self->{dir}/nginx.pid;\nerror_log $self->{dir}/error.log debug;\n$user" . ($ENV{TEST_NGINX_GLOBALS} // '');
    my $http = join "\n", "access_log $self->{dir}/access.log;",
        (map { "${_}_temp_path $self->{dir}/${_}_temp;" } qw(client_body proxy fastcgi uwsgi scgi)), ($ENV{TEST_NGINX_GLOBALS_HTTP} // '');
    $text =~ s/%%TEST_GLOBALS%%/$globals/g;
    $text =~ s/%%TEST_GLOBALS_HTTP%%/$http/g;
    $text =~ s/%%TESTDIR%%/$self->{dir}/g;
    $text =~ s/127\.0\.0\.1:(8\d\d\d)/'127.0.0.1:' . port($1)/ge;
    $text =~ s/%%PORT_(\d+)%%/port($1)/ge;
    return $text;
}

sub write_file_expand {
    my ($self, $name, $content) = @_;
    return $self->write_file($name, $self->expand($content));
}

sub args {
    my ($self, @more) = @_;
    return ('-p', "$self->{dir}/", '-c', "$self->{dir}/nginx.conf", '-e', "$self->{dir}/error.log", @more);
}

sub run {
    my ($self) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        exec $NGINX, $self->args or exit 1;
    }
    waitpid $pid, 0;
    die "nginx did not start:\n" . $self->read_file('error.log') . "\n" if $? != 0;
    $self->waitforfile("$self->{dir}/nginx.pid") or die "no nginx.pid\n";
    $self->{running} = 1;
    return $self;
}

# (exit status, output) of nginx -t over a configuration.
sub dump_config { my ($self) = @_; return scalar `$NGINX @{[join ' ', $self->args('-T')]} 2>&1` }

sub test_config {
    my ($self) = @_;
    my $out = `$NGINX @{[join ' ', map { "'$_'" } $self->args('-t')]} 2>&1`;
    return ($? >> 8, $out);
}

sub master_pid {
    my ($self) = @_;
    my ($pid) = $self->read_file('nginx.pid') =~ /(\d+)/;
    return $pid;
}

sub reload {
    my ($self) = @_;
    my $before = () = $self->read_file('error.log') =~ /gracefully shutting down/g;
    kill 'HUP', $self->master_pid;
    for (1 .. 100) {
        my $now = () = $self->read_file('error.log') =~ /gracefully shutting down/g;
        last if $now > $before;
        sleep 0.05;
    }
    return $self;
}

sub stop {
    my ($self) = @_;
    return $self unless $self->{running};
    my $pid = $self->master_pid or return $self;
    kill 'QUIT', $pid;
    for my $n (1 .. 200) {
        last unless kill 0, $pid;
        kill 'TERM', $pid if $n == 100;
        sleep 0.05;
    }
    kill 'KILL', $pid if kill 0, $pid;
    $self->{running} = 0;
    return $self;
}

# A Perl sub or a command that runs beside nginx until the test ends.
sub run_daemon {
    my ($self, $what, @args) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        $self->{pid} = 0;
        if (ref $what eq 'CODE') { $SIG{TERM} = sub { POSIX::_exit(0) }; $what->(@args); POSIX::_exit(0) }
        exec $what, @args or POSIX::_exit(1);
    }
    push @{ $self->{daemons} }, $pid;
    return $pid;
}

sub stop_daemons {
    my ($self) = @_;
    for my $pid (splice @{ $self->{daemons} }) {
        kill 'TERM', $pid;
        my $gone = 0;
        for (1 .. 100) {
            last if $gone = waitpid($pid, WNOHANG) != 0;
            sleep 0.05;
        }
        next if $gone && !kill(0, $pid);
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
    return $self;
}

sub waitforfile {
    my ($self, $file, $pid) = @_;
    for (1 .. 200) { return 1 if -s $file; sleep 0.05 }
    return;
}

sub waitforsocket {
    my ($self, $peer) = @_;
    for (1 .. 200) {
        my $s = $peer =~ m{^/} ? IO::Socket::UNIX->new(Peer => $peer) : IO::Socket::INET->new(PeerAddr => $peer);
        return 1 if $s;
        sleep 0.05;
    }
    return;
}

sub todo_alerts { $_[0]{todo_alerts} = 1; return $_[0] }

# ---- requests ---------------------------------------------------------------------------------------------------------

sub http_get { my ($url, %extra) = @_; return http("GET $url HTTP/1.0" . CRLF . "Host: localhost" . CRLF . CRLF, %extra) }
sub http_head { my ($url, %extra) = @_; return http("HEAD $url HTTP/1.0" . CRLF . "Host: localhost" . CRLF . CRLF, %extra) }

sub http_post {
    my ($url, %extra) = @_;
    my $body = delete $extra{body} // '';
    return http("POST $url HTTP/1.0" . CRLF . "Host: localhost" . CRLF . "Content-Type: application/x-www-form-urlencoded" . CRLF
        . "Content-Length: " . length($body) . CRLF . CRLF . $body, %extra);
}

sub http {
    my ($request, %extra) = @_;
    my $s = http_start($request, %extra) or return;
    return $s if $extra{start};
    return http_end($s);
}

sub http_start {
    my ($request, %extra) = @_;
    my $s = $extra{socket} // IO::Socket::INET->new(Proto => 'tcp', PeerAddr => $extra{PeerAddr} // '127.0.0.1:' . port(8080)) or return;
    local $SIG{PIPE} = 'IGNORE';
    $s->autoflush(1);
    my $left = $request;
    while (length $left) {
        my $n = syswrite $s, $left or last;
        substr $left, 0, $n, '';
    }
    return $s;
}

sub http_end {
    my ($s, %extra) = @_;
    my $reply = '';
    eval {
        local $SIG{ALRM} = sub { die "timeout\n" };
        alarm($extra{timeout} // 20);
        local $/;
        $reply = <$s> // '';
        alarm 0;
    };
    alarm 0;
    return $reply;
}

sub http_content {
    my ($reply) = @_;
    return unless defined $reply && $reply =~ /\x0d\x0a\x0d\x0a(.*)/s;
    my $body = $1;
    return $body unless $reply =~ /^transfer-encoding:\s*chunked/mi;
    my $out = '';
    while ($body =~ /\G\x0d?\x0a?([0-9a-f]+)\x0d\x0a/gi) {
        last if hex $1 == 0;
        $out .= substr $body, pos($body), hex $1;
        pos($body) += hex $1;
    }
    return $out;
}

sub log_in { my ($text) = @_; Test::More::note(map { ">> $_\n" } split /\r?\n/, $text) if $ENV{TEST_NGINX_VERBOSE} }
sub log_out { my ($text) = @_; Test::More::note(map { "<< $_\n" } split /\r?\n/, $text) if $ENV{TEST_NGINX_VERBOSE} }

1;
