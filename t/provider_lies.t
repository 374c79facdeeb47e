#!/usr/bin/perl

# A provider that lies in one field gets an error page, never a session (T-LG1, T-LG3, T-LG6, T-BE3).

use warnings;
use strict;

use FindBin;
use lib grep({ defined } $ENV{TEST_NGINX_LIB}), "$FindBin::Bin/lib";
use Test::More;
use Test::Nginx;
use Test::AuthBroker;

my $t = Test::Nginx->new->has(qw/http proxy rewrite/)->has_daemon('node');
my $ab = Test::AuthBroker->new($t, provider => 1);
my $json = JSON::PP->new->canonical->utf8;
$ab->simple_conf;

my @lies = (
    # the redirect back
    [ 'the iss of another provider (RFC 9207, T-LG6)', auth => { iss => 'http://evil.example' } ],
    [ 'the iss with a slash more (T-LG6)', auth => { iss => "$ab->{issuer}/" } ],
    [ 'a state that is not ours (T-LG7)', auth => { state => 'x.y.z' } ],
    [ 'no state', auth => { state => undef } ],
    [ 'no code', auth => { code => undef } ],
    [ 'an empty code', auth => { code => '' } ],
    [ 'an error', auth => { code => undef, error => 'server_error' } ],
    [ 'an error with markup', auth => { code => undef, error => '<script>alert(1)</script>', error_description => '<b>x' } ],
    # the ID token, claim by claim (T-LG1)
    [ 'iss of somebody else', claims => { iss => 'http://evil.example' } ],
    [ 'no iss', claims => { iss => undef } ],
    [ 'iss as a list', claims => { iss => [ $ab->{issuer} ] } ],
    [ 'aud of another client', claims => { aud => 'other' } ],
    [ 'no aud', claims => { aud => undef } ],
    [ 'an empty list as aud', claims => { aud => [] } ],
    [ 'several aud without azp', claims => { aud => [ 'broker', 'other' ] } ],
    [ 'azp of another client', claims => { aud => [ 'broker', 'other' ], azp => 'other' } ],
    [ 'azp of another client beside one aud', claims => { azp => 'other' } ],
    [ 'aud with a NUL (T-BE6)', claims => { aud => "broker\0x" } ],
    [ 'no sub', claims => { sub => undef } ],
    [ 'an empty sub', claims => { sub => '' } ],
    [ 'sub as a number', claims => { sub => 7 } ],
    [ 'a sub with a NUL (T-BE6)', claims => { sub => "liar\0x" } ],
    [ 'a sub of 3 KB', claims => { sub => 'x' x 3000 } ],
    [ 'no exp', claims => { exp => undef } ],
    [ 'exp in the past', claims => { exp => '-60' } ],
    [ 'exp as text', claims => { exp => 'tomorrow' } ],
    [ 'exp beyond all time (T-SE11)', payload => '{"iss":"ISS","aud":"broker","sub":"liar","nonce":"NONCE","iat":IAT,"exp":1e400}' ],
    [ 'iat in the future', claims => { iat => '+900' } ],
    [ 'nbf in the future', claims => { nbf => '+900' } ],
    [ 'no nonce', claims => { nonce => undef } ],
    [ 'another nonce', claims => { nonce => 'replayed' } ],
    [ 'at_hash of another token', claims => { at_hash => 'AAAAAAAAAAAAAAAAAAAAAA' } ],
    [ 'a repeated member (T-LG3)', payload => '{"iss":"ISS","aud":"broker","sub":"liar","sub":"admin","nonce":"NONCE","iat":IAT,"exp":EXP}' ],
    [ 'a payload that is a list', payload => '["iss"]' ],
    [ 'a payload that is no JSON', payload => '{"iss":' ],
    # its header and signature (T-BE3, T-BE4)
    [ 'alg none', header => { alg => 'none' }, sign => 'none' ],
    [ 'alg NoNe with a signature', header => { alg => 'NoNe' } ],
    [ 'no alg', header => { alg => undef } ],
    [ 'HS256 by the client secret', header => { alg => 'HS256' }, sign => 'hs-secret' ],
    [ 'HS256 by the public key', header => { alg => 'HS256' }, sign => 'hs-public' ],
    [ 'ES256 over the RSA key', header => { alg => 'ES256' } ],
    [ 'a signature by another key', sign => 'evil' ],
    [ 'a changed signature', sign => 'flip' ],
    [ 'a signature of one byte', sign => 'empty' ],
    [ 'no signature', sign => 'none' ],
    [ 'a crit header', header => { crit => ['x'], x => 1 } ],
    [ 'an unknown kid with a jwk of its own (T-BE10)', header => { kid => 'evil', jwk => { kty => 'RSA', n => 'AQAB', e => 'AQAB' } }, sign => 'evil' ],
    # the token response
    [ 'no ID token', token => { id_token => undef } ],
    [ 'an ID token that is no JWT', token => { id_token => 'hello' } ],
    [ 'no access token', token => { access_token => undef } ],
    [ 'an access token with a line break', token => { access_token => "a\r\nX-Evil: 1" } ],
    [ 'a token type of its own', token => { token_type => 'mac' } ],
    [ 'an error with status 200', tokenText => '{"error":"invalid_grant"}' ],
    [ 'an error', tokenStatus => 400, tokenText => '{"error":"invalid_grant"}' ],
    [ 'a redirect', tokenStatus => 302 ],
    [ 'HTML', tokenType => 'text/html', tokenText => '<html>' ],
    [ 'nothing', tokenText => '' ],
    [ 'JSON cut short', tokenText => '{"access_token":"x"' ],
    [ 'a repeated member (T-LG3)', tokenText => '{"access_token":"a","access_token":"b","token_type":"Bearer","id_token":"x"}' ],
    [ 'a list', tokenText => '[]' ],
    [ '3 MB', tokenBytes => 3_000_000 ],
    # userinfo
    [ 'userinfo of somebody else (T-LG3)', me => { sub => 'admin' } ],
    [ 'userinfo without sub', me => { sub => undef } ],
    [ 'userinfo with a sub longer by a NUL (T-BE6)', me => { sub => "liar\0" } ],
    [ 'userinfo that is no JSON', meText => 'hello' ],
    [ 'userinfo that is an error', meStatus => 401, meText => '{"error":"invalid_token"}' ],
    [ 'userinfo with a repeated sub', meText => '{"sub":"liar","sub":"liar"}' ],
    # what a user may be called
    [ 'a name with a line break', claims => { preferred_username => "li\r\nar" }, me => { preferred_username => "li\r\nar" } ],
    [ 'a server error', tokenStatus => 500, tokenText => 'oops' ],
);
$t->plan(3 * @lies + 8);
$ab->{provider} = 0;            # not the honest one
$ab->start_provider(script => 'liar.mjs')->run;

my $app1 = $ab->app;
my $host = $ab->browser;

sub sign_in_told {
    my (%lie) = @_;
    $host->once('GET', "$ab->{issuer}/lie?" . Test::AuthBroker::Browser::form_body({ spec => $json->encode(\%lie) }));
    my $b = $ab->browser;
    my $r = $b->get("$app1/secret");
    my ($link) = $r->{body} =~ m{id="social-example" href="([^"]+)"};
    return ($b, $b->get(Test::AuthBroker::Browser::unescape($link)));
}

for my $row (@lies) {
    my ($name, %lie) = @$row;
    my ($b, $r) = sign_in_told(%lie);
    like($r->{status}, qr/^(?:200|400|403|502)$/, "$name: a page, no fault of ours");
    unlike($r->{body}, qr/uri=|<script>|<b>x/, "$name: neither the app nor its markup on it");
    ok(!defined $b->cookie('app1.localhost', 'auth') && !defined $b->cookie('id.localhost', 'KEYCLOAK_IDENTITY'), "$name: no session");
}

my ($code, $text) = $ab->ctl('session', 'list', '--realm', 'acme', '--user', 'liar');
isnt($code, 0, 'no lie made a user');
like($ab->log_text, qr/"event":"\w+","reason":"\w+"/, 'the log has a reason for each');

# ---- the truth, told in unusual ways, is believed ----

my ($b, $r) = sign_in_told();
like($r->{body}, qr/user=liar email=liar\@company\.example/, 'the same provider signs people in when it tells the truth');
my @true = (
    [ 'aud as a list', claims => { aud => ['broker'] } ],
    [ 'several aud with our azp', claims => { aud => [ 'broker', 'other' ], azp => 'broker' } ],
    [ 'no at_hash', claims => { at_hash => undef } ],
    [ 'a clock 3 s ahead', claims => { iat => '+3', nbf => '+3' } ],
    [ 'members nobody knows', claims => { x => { y => [ 1, 2 ] } }, token => { x => 1 } ],
);
for my $row (@true) {
    my ($name, %told) = @$row;
    (undef, $r) = sign_in_told(%told);
    like($r->{body}, qr/user=liar/, "$name is fine");
}
