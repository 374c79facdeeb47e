package Test::AuthBroker;

# Test::AuthBroker - a real auth-brokerd (with its private Redis) beside Test::Nginx, a real provider, and a browser of few words.
#
#   my $t = Test::Nginx->new->has(qw/http proxy/)->plan(3);
#   my $ab = Test::AuthBroker->new($t, realm => {...}, provider => 1);
#   $ab->write_conf(<<'EOF');          nginx.conf; %%EDGE%% and %%WEB%% are the sockets, %%ID%% the realm's server block
#   $ab->run;                          provider, daemon, nginx
#   my $b = $ab->browser;              $b->get($url) follows redirects; see Test::AuthBroker::Browser below
#
# Build folder: AB_BUILD (default build beside t/).

use warnings;
use strict;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Open3 qw(open3);
use JSON::PP;
use Test::More qw();
use Test::Nginx qw(port);
use Test::Upstream;
use Time::HiRes qw(sleep time);

our $TOP = abs_path(dirname(__FILE__) . '/../../..');
our $BUILD = $ENV{AB_BUILD} // "$TOP/build";
my $json = JSON::PP->new->canonical->utf8;

BEGIN {
    my $top = abs_path(dirname(__FILE__) . '/../../..');
    my $build = $ENV{AB_BUILD} // "$top/build";
    $ENV{TEST_NGINX_GLOBALS} = ($ENV{TEST_NGINX_GLOBALS} // '') . "load_module \"$build/ngx_http_auth_broker_module.so\";\n"
        unless ($ENV{TEST_NGINX_GLOBALS} // '') =~ /auth_broker_module/;
}

sub new {
    my ($class, $t, %o) = @_;
    my $self = bless { t => $t, dir => $t->testdir, realms => [], options => $o{options} // [], name => $o{name} // 'd1', env => $o{env} // {}, %o }, $class;
    $self->{run_dir} = "$self->{dir}/$self->{name}";
    mkdir $self->{run_dir}, 0750 or die "$self->{run_dir}: $!\n";
    $self->{edge} = "$self->{run_dir}/edge.sock";
    $self->{web} = "$self->{run_dir}/web.sock";
    $self->{ctl} = "$self->{run_dir}/ctl.sock";
    $self->{id_port} = port($o{id_port} // 8099);
    $self->{base} = $o{base} // "http://id.localhost:$self->{id_port}";
    $self->{idp_port} = port(8098);
    $self->{issuer} = "http://idp.localhost:$self->{idp_port}";
    $self->add_realm($o{realm} // $self->default_realm) unless $o{no_realm};
    return $self;
}

# Realm "acme": client wiki at app1/app2.localhost:8080, local user alice, provider "example" (when asked for).
sub default_realm {
    my ($self, %more) = @_;
    my $p = port(8080);
    return {
        realm => 'acme', enabled => JSON::PP::true, displayName => 'Acme', sslRequired => 'none',
        roles => { realm => [ { name => 'editor' }, { name => 'admin' } ], client => { wiki => [ { name => 'admin' }, { name => 'writer' } ] } },
        groups => [ { name => 'staff', subGroups => [ { name => 'eng' } ] } ],
        clients => [
            { clientId => 'wiki', publicClient => JSON::PP::true, redirectUris => [ map { "http://$_.localhost:$p/.auth/callback" } qw(app1 app2) ],
              attributes => { 'post.logout.redirect.uris' => "http://app1.localhost:$p/*" } },
            { clientId => 'pay', publicClient => JSON::PP::true, redirectUris => ["http://app3.localhost:$p/.auth/callback"] },
            { clientId => 'api', secret => 'api-secret', directAccessGrantsEnabled => JSON::PP::true, redirectUris => [],
              protocolMappers => [ { name => 'aud', protocol => 'openid-connect', protocolMapper => 'oidc-audience-mapper',
                config => { 'included.custom.audience' => 'https://api.example.com', 'access.token.claim' => 'true' } } ] },
        ],
        users => [
            { username => 'alice', enabled => JSON::PP::true, email => 'alice@acme.example', emailVerified => JSON::PP::true, firstName => 'Alice', lastName => 'Adams',
              credentials => [ { type => 'password', value => 'alice-pw' } ], realmRoles => [ 'default-roles-acme', 'editor' ],
              clientRoles => { wiki => ['writer'] }, groups => ['/staff/eng'] },
            { username => 'bob', enabled => JSON::PP::true, email => 'bob@acme.example', emailVerified => JSON::PP::false, firstName => 'Bob', lastName => 'Brown',
              credentials => [ { type => 'password', value => 'bob-pw' } ], realmRoles => ['default-roles-acme'] },
        ],
        $self->{provider} ? (identityProviders => [ $self->provider_row ]) : (),
        %more,
    };
}

sub provider_row {
    my ($self, %more) = @_;
    my %config = (issuer => $self->{issuer}, authorizationUrl => "$self->{issuer}/auth", tokenUrl => "$self->{issuer}/token", userInfoUrl => "$self->{issuer}/me",
        jwksUrl => "$self->{issuer}/jwks", logoutUrl => "$self->{issuer}/session/end", clientId => 'broker', clientSecret => 'broker-secret', validateSignature => 'true',
        useJwksUrl => 'true', pkceEnabled => 'true', pkceMethod => 'S256', clientAuthMethod => 'client_secret_basic', defaultScope => 'openid profile email',
        syncMode => 'IMPORT', %{ delete $more{config} // {} });
    return { alias => 'example', displayName => 'Example', providerId => 'oidc', enabled => JSON::PP::true, trustEmail => JSON::PP::true, config => \%config, %more };
}

sub add_realm {
    my ($self, $realm) = @_;
    mkdir "$self->{run_dir}/realms";
    open my $f, '>', "$self->{run_dir}/realms/$realm->{realm}.json" or die $!;
    print $f $json->encode($realm);
    close $f;
    return $self;
}

# The realm's host as an operator would write it, from the shipped snippet.
sub id_server {
    my ($self) = @_;
    open my $f, '<', "$TOP/conf.d/auth-broker-realm.conf" or die $!;
    local $/;
    my $snippet = <$f> =~ s{access_log\s+\S+}{access_log $self->{dir}/auth-broker.log}gr;
    return "upstream auth_broker_web { server unix:$self->{web}; keepalive 8; }\n"
        . "limit_req_zone \$binary_remote_addr zone=auth_broker_login:1m rate=1000r/s;\n"
        . "log_format auth_broker '\$remote_addr \"\$request_method \$uri\" \$status';\n"
        . "server { listen 127.0.0.1:$self->{id_port}; server_name id.localhost;\n$snippet\n}\n";
}

sub expand {
    my ($self, $text) = @_;
    my $id = $self->id_server;
    $text =~ s/%%EDGE%%/unix:$self->{edge}/g;
    $text =~ s/%%WEB%%/$self->{web}/g;
    $text =~ s/%%ID%%/$id/g;
    return $text;
}

sub write_conf {
    my ($self, $text) = @_;
    $self->{t}->write_file_expand('nginx.conf', $self->expand($text));
    return $self;
}

# The usual nginx.conf: id host, and servers or locations of the test's own.
sub simple_conf {
    my ($self, %o) = @_;
    my $http = $o{http} // '';
    my $server = $o{server} // 'location / { proxy_pass http://127.0.0.1:8081; }';
    my $broker = $o{broker} // 'acme client=wiki';
    my $names = $o{names} // 'app1.localhost app2.localhost';
    $self->{upstream} = 1;              # on 127.0.0.1:8081, see Test::Upstream
    return $self->write_conf(<<"END");
%%TEST_GLOBALS%%
daemon on;
worker_processes @{[$o{workers} // 1]};
events { worker_connections 1024; }
http {
    %%TEST_GLOBALS_HTTP%%
    auth_broker_socket %%EDGE%%;
    auth_broker_zone sessions:8m;
    %%ID%%
    $http
    server {
        listen 127.0.0.1:8080;
        server_name $names;
        auth_broker $broker;
        auth_broker_pass user email name groups roles sub;
        $server
    }
}
END
}

sub command {
    my ($self) = @_;
    return ("$BUILD/auth-brokerd", '--state-dir', "$self->{run_dir}/state", '--edge-socket', $self->{edge}, '--web-socket', $self->{web},
        '--ctl-socket', $self->{ctl}, '--hostname', $self->{base}, '--edge-uid', $>,
        ($self->{redis} ? ('--redis', $self->{redis}) : ()),
        (-d "$self->{run_dir}/realms" ? ('--import-realm', "$self->{run_dir}/realms") : ()), @{ $self->{options} });
}

sub start_daemon { my ($self) = @_; $self->launch_daemon; return $self->await_daemon }

# The two halves, for daemons that start at the same time.
sub launch_daemon {
    my ($self) = @_;
    my $log = "$self->{dir}/daemon-$self->{name}.log";
    $self->{pid} = $self->{t}->run_daemon(sub {
        open STDERR, '>>', $log or die $!;
        open STDOUT, '>&', \*STDERR;
        local %ENV = (%ENV, %{ $self->{env} });
        exec { "$BUILD/auth-brokerd" } $self->command;
    });
    return $self;
}

sub await_daemon {
    my ($self) = @_;
    for (1 .. 20 * ($self->{start_s} // 15)) {
        last if -S $self->{ctl} && $self->{t}->waitforsocket($self->{ctl});
        last if waitpid($self->{pid}, POSIX::WNOHANG()) > 0;
        sleep 0.05;
    }
    die "auth-brokerd did not start:\n" . $self->log_text . "\n" unless -S $self->{ctl};
    return $self;
}

sub stop_daemon {
    my ($self, $signal) = @_;
    kill $signal // 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    @{ $self->{t}{daemons} } = grep { $_ != $self->{pid} } @{ $self->{t}{daemons} } if $self->{t}{daemons};
    unlink $self->{ctl};
    return $self;
}

sub log_text { my ($self) = @_; return $self->{t}->read_file("daemon-$self->{name}.log") }

sub start_provider {
    my ($self, %o) = @_;
    my %options = (issuer => $self->{issuer}, clients => [ { client_id => 'broker', client_secret => 'broker-secret', grant_types => [ 'authorization_code', 'refresh_token' ],
        redirect_uris => ["$self->{base}/realms/acme/broker/example/endpoint"],
        post_logout_redirect_uris => ["$self->{base}/realms/acme/broker/example/endpoint/logout_response"] } ], %o);
    my $log = "$self->{dir}/provider.log";
    my $script = delete $options{script} // 'provider.mjs';
    $self->{idp_pid} = $self->{t}->run_daemon(sub {
        open STDERR, '>>', $log;
        open STDOUT, '>&', \*STDERR;
        exec 'node', "$TOP/t/idp/$script", $self->{idp_port}, $json->encode(\%options);
    });
    $self->{t}->waitforsocket("127.0.0.1:$self->{idp_port}") or die "the provider did not start\n";
    return $self;
}

sub stop_provider {
    my ($self) = @_;
    kill 'KILL', $self->{idp_pid};
    waitpid $self->{idp_pid}, 0;
    @{ $self->{t}{daemons} } = grep { $_ != $self->{idp_pid} } @{ $self->{t}{daemons} };
    return $self;
}

# A redis-server of the test's own, for several daemons; returns the URL for --redis.
sub start_redis {
    my ($t, $name, @options) = @_;
    my $dir = $t->testdir . "/$name";
    mkdir $dir;
    my $pid = $t->run_daemon('redis-server', '--port', 0, '--unixsocket', "$dir/redis.sock", '--dir', $dir, '--appendonly', 'yes', '--appendfsync', 'always',
        '--save', '', '--maxmemory-policy', 'noeviction', '--logfile', "$dir/log", '--daemonize', 'no', @options);
    $t->waitforsocket("$dir/redis.sock") or die "redis-server did not start\n";
    return ("unix:$dir/redis.sock", $pid);
}

# One command to the daemon's Redis; lines of the answer.
sub redis {
    my ($self, @command) = @_;
    my $socket = ($self->{redis} // "unix:$self->{run_dir}/state/redis/redis.sock") =~ s/^unix://r;
    my $pid = open3(my $in, my $out, undef, 'redis-cli', '-s', $socket, @command);
    close $in;
    my @lines = <$out>;
    waitpid $pid, 0;
    chomp @lines;
    return wantarray ? @lines : $lines[0];
}

sub redis_pid { my ($self) = @_; my ($pid) = map { /^process_id:(\d+)/ ? $1 : () } $self->redis(qw(info server)); return $pid }

# How often Redis ran each command since its start: {get => 12, …}.
sub redis_calls {
    my ($self) = @_;
    return { map { /^cmdstat_([^:]+):calls=(\d+)/ ? ($1 => $2) : () } $self->redis(qw(info commandstats)) };
}

# Ask again until it is true; its last value.
sub wait_until {
    my ($what, $seconds) = @_;
    my $end = time + ($seconds // 10);
    while (1) {
        my $v = $what->();
        return $v if $v || time > $end;
        sleep 0.02;
    }
}

# The sids of a user's live sessions, as auth-brokerctl lists them.
sub sids {
    my ($self, $user, $realm) = @_;
    my $answer = eval { $json->decode(scalar $self->ctl('--json', 'session', 'list', '--realm', $realm // 'acme', '--user', $user)) } // {};
    return map { $_->{sid} } @{ ($answer->{result} // {})->{sessions} // [] };
}

sub run {
    my ($self) = @_;
    Test::Upstream::start($self->{t}, port(8081)) if $self->{upstream};
    $self->start_provider if $self->{provider};
    $self->start_daemon;
    $self->{t}->run;
    return $self;
}

sub ctl {
    my ($self, @args) = @_;
    my $pid = open3(my $in, my $out, undef, "$BUILD/auth-brokerctl", '--ctl-socket', $self->{ctl}, @args);
    close $in;
    local $/;
    my $text = <$out> // '';
    waitpid $pid, 0;
    return wantarray ? ($? >> 8, $text) : $text;
}

sub browser { my ($self) = @_; return Test::AuthBroker::Browser->new }

# A token by the password grant of client api.
sub token {
    my ($self, $user, $password, %more) = @_;
    my $r = Test::AuthBroker::Browser->new->post("$self->{base}/realms/acme/protocol/openid-connect/token",
        { grant_type => 'password', client_id => 'api', client_secret => 'api-secret', username => $user, password => $password, scope => 'openid', %more });
    return eval { $json->decode($r->{body}) } // {};
}

# Sign a browser in at an app with a local password; returns the page at the end.
sub sign_in {
    my ($self, $b, $url, $user, $password, %o) = @_;
    my $r = $b->get($url, %o);
    return $b->submit($r, { username => $user, password => $password }, %o);
}

# The same at the example provider, by its button on the login page.
sub sign_in_upstream {
    my ($self, $b, $url, $user, $password, %o) = @_;
    my $r = $b->get($url);
    my ($link) = $r->{body} =~ m{id="social-example" href="([^"]+)"} or return $r;
    $r = $b->get(Test::AuthBroker::Browser::unescape($link));
    return $b->submit($r, { login => $user, password => $password }, %o);
}

# The address of an app host: app1 unless named.
sub app { my ($self, $name) = @_; return 'http://' . ($name // 'app1') . '.localhost:' . port(8080) }

package Test::AuthBroker::Browser;

# A browser of few words: cookies by host and path, redirects, forms. *.localhost is this machine, as browsers have it.

use warnings;
use strict;

use IO::Socket::INET;

sub new { my ($class) = @_; return bless { jar => {}, trail => [] }, $class }

sub unescape {
    my ($text) = @_;
    $text =~ s/&#(\d+);/chr $1/ge;
    $text =~ s/&#x([0-9a-f]+);/chr hex $1/gei;
    my %named = (amp => '&', lt => '<', gt => '>', quot => '"', apos => "'");
    $text =~ s/&(amp|lt|gt|quot|apos);/$named{$1}/g;
    return $text;
}

sub cookies_for {
    my ($self, $host, $path) = @_;
    my @hits;
    for my $c (values %{ $self->{jar}{$host} // {} }) {
        my $p = $c->{path} =~ s{/$}{}r;
        push @hits, "$c->{name}=$c->{value}" if $path eq $c->{path} || $path =~ m{^\Q$p\E(?:/|$)};
    }
    return join '; ', sort @hits;
}

sub keep_cookie {
    my ($self, $host, $line) = @_;
    my ($pair, @attributes) = split /;\s*/, $line;
    my ($name, $value) = split /=/, $pair, 2;
    my %a = map { my ($k, $v) = split /=/, $_, 2; (lc $k, $v // '') } @attributes;
    my $path = $a{path} // '/';
    if (defined $a{'max-age'} && $a{'max-age'} == 0) { delete $self->{jar}{$host}{"$name $path"}; return }
    $self->{jar}{$host}{"$name $path"} = { name => $name, value => $value, path => $path };
}

sub cookie {
    my ($self, $host, $name) = @_;
    my ($c) = grep { $_->{name} eq $name } values %{ $self->{jar}{$host} // {} };
    return $c && $c->{value};
}

sub drop_cookie { my ($self, $host, $name) = @_; delete $self->{jar}{$host}{$_} for grep { /^\Q$name\E / } keys %{ $self->{jar}{$host} // {} } }

# One exchange, no redirect followed. {status, headers (lower case, last wins), set_cookies, body, url}
sub once {
    my ($self, $method, $url, %o) = @_;
    my ($host, $port, $target) = $url =~ m{^http://([^/:?#]+)(?::(\d+))?([^#]*)} or die "no such url: $url\n";
    $target = "/$target" unless $target =~ m{^/};
    my $path = $target =~ s/\?.*//sr;
    my %headers = ('host' => defined $port ? "$host:$port" : $host, 'connection' => 'close', 'accept' => 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
        'sec-fetch-mode' => 'navigate', 'sec-fetch-dest' => 'document', 'sec-fetch-site' => $o{site} // 'none', map { lc($_) => $o{headers}{$_} } keys %{ $o{headers} // {} });
    my $cookies = $self->cookies_for($host, $path);
    $headers{cookie} = join '; ', grep { length } $cookies, $headers{cookie} // '' if length $cookies || $headers{cookie};
    my $body = $o{body} // '';
    if (defined $o{body}) { $headers{'content-length'} = length $body; $headers{'content-type'} //= 'application/x-www-form-urlencoded' }
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port // 80, Timeout => 5) or return { status => 0, body => '', headers => {}, url => $url };
    local $SIG{PIPE} = 'IGNORE';
    print $s "$method $target HTTP/1.1\r\n" . join('', map { defined $headers{$_} ? "$_: $headers{$_}\r\n" : () } sort keys %headers) . "\r\n$body";
    my $reply = Test::Nginx::http_end($s, timeout => $o{timeout} // 30);
    my ($head, $rest) = split /\r\n\r\n/, $reply, 2;
    my ($status, @lines) = split /\r\n/, $head // '';
    my %r = (url => $url, raw => $reply, headers => {}, set_cookies => []);
    ($r{status}) = ($status // '') =~ /^HTTP\S+ (\d+)/;
    $r{status} //= 0;
    for (@lines) {
        my ($k, $v) = /^([^:]+):\s*(.*)$/ or next;
        $r{headers}{ lc $k } = $v;
        if (lc $k eq 'set-cookie') { push @{ $r{set_cookies} }, $v; $self->keep_cookie($host, $v) }
    }
    $r{body} = Test::Nginx::http_content($reply) // '';
    return \%r;
}

sub absolute {
    my ($base, $url) = @_;
    return $url if $url =~ m{^https?://};
    my ($origin) = $base =~ m{^(http://[^/?#]+)};
    return "$origin$url" if $url =~ m{^/};
    my ($dir) = $base =~ m{^(http://[^?#]*/)};
    return $url =~ /^\?/ ? ($base =~ s/\?.*//sr) . $url : "$dir$url";
}

# Follow redirects; `stop` is a pattern of addresses that are not visited any more (see {headers}{location}).
sub follow {
    my ($self, $r, %o) = @_;
    $self->{trail} = [];
    for (1 .. 20) {
        push @{ $self->{trail} }, "$r->{status} $r->{url}";
        last unless $r->{status} =~ /^30[1237]$/ && $r->{headers}{location};
        last if $o{stop} && $r->{headers}{location} =~ $o{stop};
        $r = $self->once('GET', absolute($r->{url}, $r->{headers}{location}), site => 'cross-site');
    }
    return $r;
}

sub get { my ($self, $url, %o) = @_; return $self->follow($self->once('GET', $url, %o), %o) }

sub form_body {
    my ($fields) = @_;
    my $e = sub { my $v = shift; utf8::encode($v) if utf8::is_utf8($v); $v =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge; $v };
    return join '&', map { $e->($_) . '=' . $e->($fields->{$_}) } sort keys %$fields;
}

sub post { my ($self, $url, $fields, %o) = @_; return $self->follow($self->once('POST', $url, body => ref $fields ? form_body($fields) : $fields, %o), %o) }

# Send the (first) form of a page with these fields beside its hidden ones.
sub submit {
    my ($self, $r, $fields, %o) = @_;
    my ($tag, $inside) = $r->{body} =~ m{(<form[^>]*>)(.*?)</form>}s or return $r;
    my ($action) = $tag =~ /action="([^"]*)"/;
    my ($method) = $tag =~ /method="([^"]*)"/i;
    my %all;
    while ($inside =~ /<input([^>]*)>/g) {
        my $i = $1;
        my ($type) = $i =~ /type="([^"]*)"/;
        my ($name) = $i =~ /name="([^"]*)"/;
        my ($value) = $i =~ /value="([^"]*)"/;
        $all{$name} = unescape($value // '') if defined $name && ($type // '') eq 'hidden';
    }
    my ($origin) = $r->{url} =~ m{^(http://[^/?#]+)};
    return $self->post(absolute($r->{url}, unescape($action)), { %all, %$fields }, site => 'same-origin', headers => { Origin => $origin }, %o);
}

1;
