#!/usr/bin/perl

# Every directive: where it may stand, what it takes, and what nginx -t says, with file and line, when it is wrong.

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy/);

# One configuration: lines of the http, the server and the location level. The line with "#!" is the one to be blamed.
sub conf {
    my (%o) = @_;
    my $socket = $o{socket} // "auth_broker_socket unix:/tmp/none/edge.sock;";
    my $zone = $o{zone} // "auth_broker_zone sessions:1m;";
    my $name = $o{name} // 'server_name localhost;';
    my $broker = $o{broker} // 'auth_broker acme client=wiki;';
    return <<"END";
%%TEST_GLOBALS%%
daemon on;
events { }
http {
    %%TEST_GLOBALS_HTTP%%
    $socket
    $zone
    @{[$o{http} // '']}
    server {
        listen @{[$o{listen} // '127.0.0.1:8080']};
        $name
        $broker
        @{[$o{server} // '']}
        location / {
            @{[$o{location} // '']}
        }
        @{[$o{after} // '']}
    }
}
END
}

sub config_test {
    my (%o) = @_;
    my $text = $t->expand(conf(%o));
    $t->write_file('nginx.conf', $text);
    my ($line, $n) = (0, 0);
    for (split /\n/, $text) { $n++; $line = $n if /#!/ }
    my ($status, $out) = $t->test_config;
    return ($status, $out, $line);
}

# name => parts of the configuration: accepted
my @good = (
    'everything at the http level' => { http => 'auth_broker acme client=wiki; auth_broker_pass user; auth_broker_require role=a; auth_broker_accept session; auth_broker_mode require;
        auth_broker_unauthenticated auto; auth_broker_idp_hint x; auth_broker_idp_hint_arg off; auth_broker_login_hint $arg_u; auth_broker_prompt login; auth_broker_shared_cache on;
        auth_broker_fresh 10s; auth_broker_timeout 2s; auth_broker_cookie insecure; auth_broker_logged_out /bye; auth_broker_header X-A b; auth_broker_audience a; auth_broker_issuer i;', broker => '' },
    'everything at the server level' => { server => 'auth_broker_pass user; auth_broker_require role=a; auth_broker_accept both; auth_broker_audience a b; auth_broker_issuer https://x;
        auth_broker_unauthenticated 401; auth_broker_origin http://localhost:8080; auth_broker_cookie insecure; auth_broker_logged_out https://www.example.com/bye;' },
    'everything at the location level' => { location => 'auth_broker_pass groups; auth_broker_require role=a; auth_broker_accept bearer; auth_broker_audience a; auth_broker_unauthenticated redirect;
        auth_broker_header X-B "c $auth_broker_sub"; auth_broker_fresh 1m; auth_broker_timeout 500ms;' },
    'off inside on' => { location => 'auth_broker off;' },
    'on in a location alone' => { broker => '', location => 'auth_broker acme client=wiki;' },
    'rules inside limit_except' => { location => 'limit_except GET { auth_broker_require role=writer; }' },
    'off inside limit_except' => { location => 'limit_except OPTIONS { auth_broker off; }' },
    'every rule' => { location => 'auth_broker_require role=a,b role=wiki:c role=:d group=/staff/eng scope=orders:read acr=gold idp=github max_age=5m claim=azp:cli email=*@example.com,bob@x.org $arg_ok error=403;' },
    'a negated value' => { location => 'auth_broker_require role=!guest idp=!google idp=!github;' },
    'reset drops the rules of an optional page\'s parent' => { server => 'auth_broker_require role=a;', location => 'auth_broker_require reset; auth_broker_mode optional;' },
    'reset and new rules' => { server => 'auth_broker_require role=a;', location => 'auth_broker_require reset role=b;' },
    'every field of pass' => { location => 'auth_broker_pass user sub username email name roles groups scope acr auth_time expires issuer idp realm client_id sid method;' },
    'pass reset' => { server => 'auth_broker_pass user;', location => 'auth_broker_pass reset email;' },
    'a header set again in a location' => { server => 'auth_broker_header X-A 1;', location => 'auth_broker_header X-A 2;' },
    'several sockets' => { socket => 'auth_broker_socket unix:/tmp/a unix:/tmp/b; auth_broker_socket unix:/tmp/c;' },
    'an API without client' => { broker => 'auth_broker acme;', server => 'auth_broker_accept bearer; auth_broker_audience https://api;' },
    'an API whose locations name the audiences' => { broker => 'auth_broker acme;', server => 'auth_broker_accept bearer;', location => 'auth_broker_audience https://api;' },
    'an API on any host' => { name => '', broker => 'auth_broker acme;', server => 'auth_broker_accept bearer; auth_broker_audience https://api;' },
    'a wildcard name beside an exact one' => { name => 'server_name *.localhost app.localhost;' },
    'a wildcard name with an origin' => { name => 'server_name *.example.com;', server => 'auth_broker_origin https://www.example.com;' },
    'http on a public name, knowingly' => { name => 'server_name wiki.example.com;', server => 'auth_broker_cookie insecure;' },
    'http behind a TLS balancer' => { name => 'server_name wiki.example.com;', server => 'auth_broker_origin https://wiki.example.com;' },
    'one client in two locations' => { broker => '', location => 'auth_broker acme client=wiki;', after => 'location /b { auth_broker acme client=wiki; }' },
    'a second client that takes only bearers' => { location => 'auth_broker acme client=pay; auth_broker_accept bearer; auth_broker_audience x;' },
    'no daemon, no zone, nothing protected' => { socket => '', zone => '', broker => '' },
    'variables' => { http => 'log_format l "$auth_broker_status $auth_broker_reason $auth_broker_method $auth_broker_sub $auth_broker_user $auth_broker_username $auth_broker_email $auth_broker_name $auth_broker_roles
        $auth_broker_groups $auth_broker_scope $auth_broker_claim_email $auth_broker_acr $auth_broker_auth_time $auth_broker_expires $auth_broker_issuer $auth_broker_idp $auth_broker_realm $auth_broker_client_id
        $auth_broker_sid $auth_broker_session_hash $auth_broker_cache $auth_broker_time";' },
);

# name => parts of the configuration, pattern of the message: refused, and the line with "#!" is named
my $b = 'auth_broker';
my @bad = (
    'auth_broker twice' => { location => "$b acme client=wiki; $b off; #!" }, qr/"auth_broker" directive is duplicate/,
    'off with more' => { location => "$b off client=wiki; #!" }, qr/invalid parameter "client=wiki" in "auth_broker"/,
    'an unknown parameter' => { location => "$b acme klient=wiki; #!" }, qr/invalid parameter "klient=wiki"/,
    'an empty client' => { location => "$b acme client=; #!" }, qr/invalid client name ""/,
    'a realm with a quote' => { location => "$b 'ac\"me' client=wiki; #!" }, qr/invalid realm name/,
    'a realm from a variable' => { location => "$b \$host client=wiki; #!" }, qr/invalid realm name "\$host"/,
    'sessions without client' => { broker => '', location => "$b acme; #!" }, qr/needs client=NAME/,
    'no socket' => { socket => '', broker => "$b acme client=wiki; #!" }, qr/needs "auth_broker_socket"/,
    'no zone' => { zone => '', broker => "$b acme client=wiki; #!" }, qr/needs "auth_broker_zone"/,
    'a TCP socket' => { socket => "${b}_socket 127.0.0.1:99; #!" }, qr/not "unix:" and an absolute path: "127\.0\.0\.1:99"/,
    'a relative socket' => { socket => "${b}_socket unix:edge.sock; #!" }, qr/absolute path: "unix:edge.sock"/,
    'a socket path that is too long' => { socket => "${b}_socket unix:/" . 'x' x 200 . '; #!' }, qr/too long path/,
    'a socket in a server' => { server => "${b}_socket unix:/tmp/a; #!" }, qr/"auth_broker_socket" directive is not allowed here/,
    'a zone twice' => { http => "${b}_zone other:1m; #!" }, qr/"auth_broker_zone" directive is duplicate/,
    'a zone without size' => { zone => "${b}_zone sessions; #!" }, qr/not NAME:SIZE: "sessions"/,
    'a zone without name' => { zone => "${b}_zone :1m; #!" }, qr/not NAME:SIZE: ":1m"/,
    'a zone of odd size' => { zone => "${b}_zone sessions:lots; #!" }, qr/invalid size "sessions:lots"/,
    'a tiny zone' => { zone => "${b}_zone sessions:64k; #!" }, qr/less than 1m: "sessions:64k"/,
    'a zone in a location' => { location => "${b}_zone x:1m; #!" }, qr/"auth_broker_zone" directive is not allowed here/,
    'an unknown rule (T-LG12)' => { location => "${b}_require rolle=a; #!" }, qr/rule "rolle=a" in "auth_broker_require"/,
    'a rule without value' => { location => "${b}_require role=; #!" }, qr/rule "role=" in "auth_broker_require"/,
    'a rule with an empty value in its list' => { location => "${b}_require role=a,,b; #!" }, qr/rule "role=a,,b"/,
    'a bad duration' => { location => "${b}_require max_age=5x; #!" }, qr/rule "max_age=5x"/,
    'a wildcard where none may be' => { location => "${b}_require email=a*\@example.com; #!" }, qr/rule "email=a\*\@example.com"/,
    'an unknown claim' => { location => "${b}_require claim=shoe:42; #!" }, qr/rule "claim=shoe:42"/,
    'a variable inside a rule' => { location => "${b}_require role=\$arg_r; #!" }, qr/takes no variable: "role=\$arg_r"/,
    'two negated values in one rule' => { location => "${b}_require idp=!google,!github; #!" }, qr/write one rule for each '!' value/,
    'no rule at all' => { location => "${b}_require error=403; #!" }, qr/"auth_broker_require" directive has no rule/,
    'an error that is not built' => { location => "${b}_require role=a error=redirect; #!" }, qr/only error=403 is known, not "error=redirect"/,
    'reset after a rule' => { location => "${b}_require role=a reset; #!" }, qr/must come before every rule: "reset"/,
    'reset in a second directive' => { location => "${b}_require role=a; ${b}_require reset; #!" }, qr/must come before every rule: "reset"/,
    'rules inside if' => { location => "if (\$arg_a) { ${b}_require role=a; #!\n }" }, qr/"auth_broker_require" directive is not allowed here/,
    'optional with a rule (T-LG16)' => { location => "${b}_require role=a;\n ${b}_mode optional; #!" }, qr/does not go with "auth_broker_mode optional"/,
    'pass with a rule' => { location => "${b}_require role=a;\n ${b}_unauthenticated pass; #!" }, qr/nobody would be refused/,
    'optional with an inherited rule' => { server => "${b}_require role=a;", location => "${b}_mode optional; #!" }, qr/nobody would be refused/,
    'an unknown field' => { location => "${b}_pass shoe; #!" }, qr/unknown field "shoe" in "auth_broker_pass"/,
    'a field twice' => { location => "${b}_pass user user; #!" }, qr/header "X-Auth-User" is set twice/,
    'two fields in one header' => { location => "${b}_pass email email_unverified; #!" }, qr/header "X-Auth-Email" is set twice/,
    'pass reset after a field' => { location => "${b}_pass user reset; #!" }, qr/must come before every header: "reset"/,
    'a header of NGINX' => { location => "${b}_header Host x; #!" }, qr/may not be set: "Host"/,
    'a credential header' => { location => "${b}_header authorization x; #!" }, qr/may not be set: "authorization"/,
    'a header name with underscore' => { location => "${b}_header X_User x; #!" }, qr/invalid header name "X_User"/,
    'a header name with a colon' => { location => "${b}_header 'X: y' x; #!" }, qr/invalid header name "X: y"/,
    'a header name with a control byte' => { location => "${b}_header 'X\x11' x; #!" }, qr/invalid header name/,
    'a header twice' => { location => "${b}_header X-A 1; ${b}_header x-a 2; #!" }, qr/header "x-a" is set twice/,
    'a header without value' => { location => "${b}_header X-A; #!" }, qr/invalid number of arguments in "auth_broker_header"/,
    'accept something else' => { location => "${b}_accept cookie; #!" }, qr/invalid value "cookie"/,
    'accept twice' => { location => "${b}_accept both; ${b}_accept session; #!" }, qr/"auth_broker_accept" directive is duplicate/,
    'bearer without audience (T-BE2)' => { location => "${b}_accept bearer; #!" }, qr/needs "auth_broker_audience"/,
    'both without audience' => { location => "${b}_accept both; #!" }, qr/needs "auth_broker_audience"/,
    'a mode that is none' => { location => "${b}_mode maybe; #!" }, qr/invalid value "maybe"/,
    'unauthenticated something else' => { location => "${b}_unauthenticated 403; #!" }, qr/invalid value "403"/,
    'an audience twice' => { location => "${b}_audience a a; #!" }, qr/repeated value "a" in "auth_broker_audience"/,
    'an audience from a variable' => { location => "${b}_audience \$host; #!" }, qr/invalid value "\$host"/,
    'an issuer with a blank' => { location => "${b}_issuer 'a b'; #!" }, qr/invalid value "a b"/,
    'a hint twice' => { location => "${b}_idp_hint a; ${b}_idp_hint b; #!" }, qr/"auth_broker_idp_hint" directive is duplicate/,
    'hint_arg neither on nor off' => { location => "${b}_idp_hint_arg yes; #!" }, qr/invalid value "yes"/,
    'shared_cache neither on nor off' => { location => "${b}_shared_cache 1; #!" }, qr/invalid value "1"/,
    'login_hint twice' => { location => "${b}_login_hint a; ${b}_login_hint b; #!" }, qr/directive is duplicate/,
    'prompt with two words' => { location => "${b}_prompt login consent; #!" }, qr/invalid number of arguments/,
    'fresh of nothing' => { location => "${b}_fresh 0; #!" }, qr/not between 1s and 1h: "0"/,
    'fresh of a day' => { location => "${b}_fresh 1d; #!" }, qr/not between 1s and 1h: "1d"/,
    'fresh of nonsense' => { location => "${b}_fresh soon; #!" }, qr/invalid value/,
    'a bare timeout that is meant in milliseconds' => { location => "${b}_timeout 3000; #!" }, qr/not between 10ms and 60s: "3000"/,
    'a timeout of nothing' => { location => "${b}_timeout 1ms; #!" }, qr/not between 10ms and 60s: "1ms"/,
    'an origin with a path' => { server => "${b}_origin https://a.example.com/x; #!" }, qr/not SCHEME:\/\/HOST\[:PORT\]/,
    'an origin without scheme' => { server => "${b}_origin a.example.com; #!" }, qr/not SCHEME/,
    'an origin with a user' => { server => "${b}_origin https://u\@a.example.com; #!" }, qr/not SCHEME/,
    'an origin twice' => { server => "${b}_origin https://a.example.com; ${b}_origin https://b.example.com; #!" }, qr/directive is duplicate/,
    'an origin in a location' => { location => "${b}_origin https://a.example.com; #!" }, qr/not allowed here/,
    'an http origin on a public name' => { server => "${b}_origin http://a.example.com; #!" }, qr/is http on a host that is not loopback/,
    'a public name reached by http only' => { name => 'server_name wiki.example.com;', broker => "$b acme client=wiki; #!" }, qr/reached by http only/,
    'a name that only looks like loopback' => { name => 'server_name localhost.evil.example;', broker => "$b acme client=wiki; #!" }, qr/reached by http only/,
    'wildcard names alone' => { name => 'server_name *.localhost;', broker => "$b acme client=wiki; #!" }, qr/without an exact "server_name" needs "auth_broker_origin"/,
    'no server_name' => { name => '', broker => "$b acme client=wiki; #!" }, qr/needs "auth_broker_origin"/,
    'two clients in one server' => { location => "$b acme client=pay; #!" }, qr/the server has client "wiki" of realm "acme" already/,
    'two realms in one server' => { location => "$b other client=wiki; #!" }, qr/client "wiki" of realm "other"/,
    'a cookie that is not insecure' => { server => "${b}_cookie secure; #!" }, qr/invalid value "secure" in "auth_broker_cookie"/,
    'a cookie twice' => { server => "${b}_cookie insecure; ${b}_cookie insecure; #!" }, qr/directive is duplicate/,
    'logged_out under our own prefix (T-RD9)' => { server => "${b}_logged_out /.auth/logout; #!" }, qr/neither an address nor a path/,
    'logged_out to another host by two slashes (T-RD1)' => { server => "${b}_logged_out //evil.example; #!" }, qr/neither an address nor a path/,
    'logged_out with a script' => { server => "${b}_logged_out javascript:alert; #!" }, qr/neither an address nor a path/,
    'a directive that does not exist yet' => { location => "${b}_dpop on; #!" }, qr/unknown directive "auth_broker_dpop"/,
);

plan(tests => @good / 2 + @bad / 3 * 2 + 7);

while (my ($name, $parts) = splice @good, 0, 2) {
    my ($status, $out) = config_test(%$parts);
    is($status, 0, "accepted: $name") or diag($out);
}

while (my ($name, $parts, $pattern) = splice @bad, 0, 3) {
    my ($status, $out, $line) = config_test(%$parts);
    like($out, $pattern, "refused: $name");
    like($out, qr/in \S+nginx\.conf:$line\b/, "and line $line is named");
}

my ($status, $out) = config_test(server => 'auth_broker_cookie insecure;');
like($out, qr/\[warn\].*"auth_broker_cookie insecure"/, 'an insecure option warns at start (T-LG2)');

($status, $out) = config_test(location => 'auth_broker_require $nonesuch;');
like($out, qr/unknown "nonesuch" variable/, 'a rule\'s variable must exist');

($status, $out) = config_test(listen => '127.0.0.1:8080', name => 'server_name wiki.example.com;', server => 'auth_broker_origin HTTPS://Wiki.Example.com:443/;');
is($status, 0, 'an origin is written in one way only') or diag($out);

# The order of modules inside the .so decides what `satisfy any` means.
my $so = do { open my $f, '<:raw', "$Test::AuthBroker::BUILD/ngx_http_auth_broker_module.so" or die; local $/; <$f> };
like($so, qr/ngx_http_auth_broker_edge_module\0/, 'the .so holds the edge module');
like($so, qr/ngx_http_auth_request_module\0.*ngx_http_auth_basic_module\0.*ngx_http_access_module\0/s, 'and the list of modules that run before ACCESS');

# The reference page and the code name the same things.
sub text { my ($name) = @_; open my $f, '<', "$Test::AuthBroker::TOP/$name" or die "$name: $!"; local $/; return <$f> }
my $page = text('docs/directives.md');
my $table = text('ngx_module/ngx_http_auth_broker_module.c');
is(join(' ', sort $page =~ /^### (auth_broker\w*)$/mg), join(' ', sort $table =~ /ngx_string\("(auth_broker\w*)"\)/g),
    'docs/directives.md has an entry for each directive, and for no other');
my $fields = text('ngx_module/ngx_http_auth_broker_fields.c');
my $vars = text('ngx_module/ngx_http_auth_broker_vars.c');
is(join(' ', sort map { s/_NAME$/_/r } $page =~ /^\| `\$(auth_broker_\w+)`/mg),
    join(' ', sort($vars =~ /ngx_string\("(auth_broker_\w+)"\)/g, map { "auth_broker_$_" } $fields =~ /^    \{ ngx_string\("(\w+)"\)/mg)),
    'and for each variable');
