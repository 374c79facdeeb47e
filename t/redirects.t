#!/usr/bin/perl

# Nobody is ever sent elsewhere: return targets, redirect URIs, landing pages (T-RD1 to T-RD9).

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/);
my $ab = Test::AuthBroker->new($t, no_realm => 1);
my $T = JSON::PP::true;
my $p = port(8080);
my $realm = $ab->default_realm;
push @{ $realm->{clients} },
    { clientId => 'strict', publicClient => $T, redirectUris => ['https://app.example.com/cb'], attributes => { 'post.logout.redirect.uris' => 'https://app.example.com/bye' } },
    { clientId => 'local', publicClient => $T, redirectUris => ['http://127.0.0.1/cb'] },
    { clientId => 'sub', publicClient => $T, redirectUris => ['https://app.example.com/dir/*'] };
$ab->add_realm($realm);
$ab->simple_conf;

sub escape { my ($v) = @_; utf8::encode($v) if utf8::is_utf8($v); $v =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge; return $v }

# ---- return targets of /.auth/login: what comes out is '/' or just the path, as a browser would read it ----

my @evil = (
    # T-RD1: browsers read \ as /
    '/\\evil.example', '\\\\evil.example', '\\/evil.example', '/\\/evil.example', '/%5cevil.example', '/%5Cevil', "/\t/evil.example", '/.\\evil', '/x\\..\\..\\evil',
    # T-RD3
    'http:evil.example', 'http:/evil.example', 'http://evil.example', 'http:///evil.example', '/' x 2 . 'evil.example', '/' x 3 . 'evil.example', '/' x 4 . 'e', '/' x 5 . 'e', 'https:evil', '//',
    '///', 'http://', 'http://app1.localhost@evil.example/', '//app1.localhost@evil.example', 'javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:alert(1)', 'evil.example', '.evil', '?x', '', '@evil',
    # T-RD4
    "http://app1.localhost:$p.evil.example/", "http://evilapp1.localhost:$p/", "http://app1.localhost:$p/", 'http://app1.localhost/', 'http://localhost/', "http://app2.localhost:$p/",
    # T-RD9
    '/.auth/logout', '/.auth/callback', '/.auth/login', '/.auth/login?return=/.auth/logout', '/.auth/../.auth/logout', '/./.auth/logout', '/x/../.auth/logout', '/%2eauth/logout', '/.auth%2flogout', '//.auth/logout',
    # T-RD2: every control byte, before and inside; no-break space, line separator
    (map { (chr($_) . '/evil', chr($_) . '//evil.example', '/' . chr($_) . '/evil.example', '/x' . chr($_) . 'y') } 0 .. 0x20, 0x7f),
    map { ("$_/evil", "/$_/evil.example", "/x$_") } "\x{a0}", "\x{2028}", "\x{feff}", "\x{3000}",
);
my @kept = ('/', '/a', '/a?b=c', '/a/b%20c', '/go?u=https://x.example/?a=b%2Fc&d=//e', '/a?return=/.auth/logout', '/.authx', '/a;b=c?d;e', '/%C3%A4?q=%F0%9F%98%80', '/a%2Fb', '/a?x=%5c');

my @redirect_uris = (
    # T-RD6, T-RD7: only exactly what is registered
    (map { [ strict => $_ ] } 'https://app.example.com/cb/', 'https://app.example.com/cb?x=1', 'https://app.example.com/CB', 'HTTPS://app.example.com/cb', 'https://app.example.com:443/cb', 'https://app.example.com/cb%20',
        'https://app.example.com/./cb', 'https://app.example.com/x/../cb', 'https://app.example.com//cb', 'https://APP.example.com/cb', 'https://app.example.com.evil.example/cb', 'https://evilapp.example.com/cb',
        'https://user@app.example.com/cb', 'https://app.example.com@evil.example/cb', 'https://app.example.com\\@evil.example/cb', 'http://app.example.com/cb', 'https://app.example.com/cb#x', ' https://app.example.com/cb',
        "https://app.example.com/cb\0", 'https://app.example.com/*', '//app.example.com/cb', 'javascript:alert(1)', 'https://app.example.com/cb&code=x', 'https://app.example.com/c%62'),
    (map { [ local => $_ ] } 'http://127.0.0.1.evil.example/cb', 'http://localhost.evil.example/cb', 'http://127.0.0.1@evil.example/cb', 'http://127.0.0.1/other'),
    (map { [ sub => $_ ] } 'https://app.example.com/dir/../cb', 'https://app.example.com/dir/%2e%2e/cb', 'https://app.example.com/dirx', 'https://app.example.com/dir/..%2fcb', 'https://app.example.com/dir/\\..\\cb',
        'https://app.example.com/dir/x?code=1', 'https://app.example.com/dir/x?state=1', 'https://app.example.com/dir/x?error=1'),
);
my @landings = ('https://evil.example/', 'https://app.example.com/bye/', 'https://app.example.com/BYE', 'https://app.example.com.evil.example/bye', '//evil.example', '/\\evil.example', "https://app.example.com/bye\0", 'javascript:alert(1)',
    'https://app.example.com/cb', 'https://app.example.com@evil.example/bye', 'https:app.example.com/bye');
my @targets = ('//evil.example/', '//evil.example/..', '/\\evil.example', '/%09/evil.example', '/%5c%5cevil.example', '///evil.example', '/.//evil.example', '/x/..//evil.example');

$t->plan(@evil + @kept + @redirect_uris + @landings + @targets + 12);
$ab->run;
my $app1 = $ab->app;
my $b = $ab->browser;
$ab->sign_in($b, "$app1/", 'alice', 'alice-pw');

# Where the browser, signed in at the realm, ends after /.auth/login?return=…
sub lands {
    my ($query) = @_;
    my $r = $b->once('GET', "$app1/.auth/login$query");
    return "at $r->{status}" unless $r->{status} == 302;
    unlike($r->{headers}{location}, qr/evil/, 'no target stands in clear in an address of ours') if $query eq '?return=%2Fevil-page';
    $r = $b->get(Test::AuthBroker::Browser::absolute($r->{url}, $r->{headers}{location}), stop => qr{^(?!http)|^\Q$app1\E/(?!\.auth/callback)});
    return $r->{headers}{location} // "at $r->{status} $r->{url}";
}

sub shown { my ($v) = @_; utf8::encode($v) if utf8::is_utf8($v); $v =~ s/([^\x21-\x7e])/sprintf '<%02x>', ord $1/ge; return length $v ? $v : 'nothing' }

for my $target (@evil) {
    my $to = lands('?return=' . escape($target));
    my $bad = $to ne 'at 400' && $to !~ m{^/(?![/\\])[\x21-\x5b\x5d-\x7e]*$} || $to =~ m{^/(?:\./|x/\.\./)?(?:\.|%2e)auth(?:/|%2f)}i || $to =~ m{(?:^|/)\.\.?(?:/|$)};
    ok(!$bad, 'return=' . shown($target) . ' leads nowhere else (T-RD1, T-RD2, T-RD3, T-RD4, T-RD9)') or diag("it led to $to");
}
is(lands('?return=' . escape($_)), $_, "return=$_ stays byte for byte (T-RD8)") for @kept;
is(lands(''), '/', 'without a target: /');
like(lands('?return=%2Fa&return=%2Fb'), qr{^(?:/|at 400)$}, 'two targets: none');
is(lands('?return=%2Fevil-page'), '/evil-page', 'a path may have any name');
like(lands('?return=' . escape('/' . 'p' x 300 . '?' . 'q' x 3000)), qr{^/p{300}$}, 'a long query is left out');
is(lands('?return=' . escape('/' . 'p' x 3000)), '/', 'a long path becomes /');

# ---- the page first asked for ----

for my $target (@targets) {
    my $x = $ab->browser;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $p);
    print $s "GET $target HTTP/1.1\r\nHost: app1.localhost:$p\r\nConnection: close\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n";
    my $reply = Test::Nginx::http_end($s);
    my ($to) = $reply =~ /^location: (\S+)/mi;
    my ($cookie) = $reply =~ /^set-cookie: (auth-login[^;]+)/mi;
    if (!$to) { like($reply, qr{^HTTP/1.1 40}, "asking for $target: refused"); next }
    $x->keep_cookie('app1.localhost', "$cookie; Path=/");
    my $r = $x->submit($x->get($to), { username => 'alice', password => 'alice-pw' }, stop => qr{^(?!http)|^\Q$app1\E/(?!\.auth/callback)});
    like($r->{headers}{location}, qr{^/(?![/\\])[\x21-\x5b\x5d-\x7e]*$}, "asking for $target ends at this host (T-RD1, T-RD3)");
}

# ---- the realm ----

my $auth = "$ab->{base}/realms/acme/protocol/openid-connect/auth?response_type=code&scope=openid&state=s";
for my $row (@redirect_uris) {
    my ($client, $uri) = @$row;
    my $r = $b->once('GET', "$auth&client_id=$client&redirect_uri=" . escape($uri));
    ok($r->{status} =~ /^4/ && !defined $r->{headers}{location}, "redirect_uri " . shown($uri) . " of $client is refused (T-RD6, T-RD7)") or diag("$r->{status} " . ($r->{headers}{location} // ''));
}
like($b->once('GET', "$auth&client_id=strict&redirect_uri=" . escape('https://app.example.com/cb'))->{headers}{location}, qr{^https://app\.example\.com/cb\?}, 'the registered one is taken');
my $logout = "$ab->{base}/realms/acme/protocol/openid-connect/logout?client_id=strict&post_logout_redirect_uri=";
for my $uri (@landings) {
    my $r = $b->once('GET', $logout . escape($uri));
    ok(!defined $r->{headers}{location} && $r->{body} !~ /href="[^"]*evil/, 'post_logout_redirect_uri ' . shown($uri) . ' is refused (T-RD1, T-RD6)');
}
like($b->once('GET', $logout . escape('https://app.example.com/bye'))->{status}, qr/^(?:200|302|303)$/, 'the registered one is taken');
my $r = $b->once('GET', "$auth&client_id=strict&redirect_uri=" . escape('https://evil.example/') . '&prompt=none');
unlike($r->{body}, qr/evil\.example/, 'an error page has no link to where it was asked to go');

# ---- Host and X-Forwarded-* decide nothing (T-HD11, T-HD4) ----

my %forged = ('X-Forwarded-Host' => 'evil.example', 'X-Forwarded-Proto' => 'gopher', Forwarded => 'host=evil.example', 'X-Forwarded-Port' => '1', 'X-Original-URL' => '//evil.example');
$r = $ab->browser->once('GET', "$app1/", headers => \%forged);
unlike($r->{raw}, qr/evil|gopher/, 'forwarded headers are in no answer of the app host (T-HD11)');
$r = $ab->browser->get("$app1/", headers => \%forged);
unlike($r->{raw}, qr/evil|gopher/, 'nor on the login page (T-HD11)');
$r = $ab->browser->once('GET', "$app1/", headers => { Host => 'evil.example' });
unlike($r->{headers}{location} // '', qr/evil/, 'a foreign Host is not where the login comes back to (T-HD4)');
