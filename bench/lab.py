"""lab.py - what the measurements of this folder share: daemon, upstream, NGINX with and without the module, a browser."""
import http.client, json, os, re, signal, socket, subprocess, sys, time, urllib.parse

here = os.path.dirname(os.path.abspath(__file__))
top = os.path.dirname(here)
build = os.environ.get("AB_BUILD", os.path.join(top, "build"))
cores = sorted(os.sched_getaffinity(0))
procs = []


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


P = {n: port() for n in ("up", "plain", "app", "tiny", "id", "idp", "probe")}


def start(argv, log, wait, core=None, env=None):
    f = open(log, "w")
    run = (["taskset", "-c", str(core)] if core is not None else []) + argv
    p = subprocess.Popen(run, stdout=f, stderr=f, env=dict(os.environ, **(env or {})))
    procs.append(p)
    for _ in range(400):
        try:
            if wait.startswith("/"):
                socket.socket(socket.AF_UNIX).connect(wait)
            else:
                socket.create_connection(("127.0.0.1", int(wait)), 1).close()
            return p
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{argv[0]} did not start:\n" + open(log).read()[-3000:])


def realm():
    urls = [f"http://app.localhost:{P[n]}/.auth/callback" for n in ("app", "tiny")]
    idp = f"http://127.0.0.1:{P['idp']}"
    return {"realm": "bench", "enabled": True, "sslRequired": "none", "accessTokenLifespan": 3600,
            "roles": {"realm": [{"name": f"role-{i}"} for i in range(20)]},
            "clients": [{"clientId": "app", "publicClient": True, "redirectUris": urls},
                        {"clientId": "api", "secret": "s", "directAccessGrantsEnabled": True, "protocolMappers": [
                            {"name": "aud", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
                             "config": {"included.custom.audience": "https://api.example.com", "access.token.claim": "true"}}]}],
            "users": [{"username": "u", "enabled": True, "email": "u@bench.example", "emailVerified": True, "firstName": "Una", "lastName": "User",
                       "credentials": [{"type": "password", "value": "p"}], "realmRoles": [f"role-{i}" for i in range(20)]}],
            "identityProviders": [{"alias": "mute", "providerId": "oidc", "enabled": True, "config": {
                "issuer": idp, "authorizationUrl": idp + "/auth", "tokenUrl": idp + "/token", "jwksUrl": idp + "/jwks", "clientId": "b", "clientSecret": "b",
                "useJwksUrl": "true", "validateSignature": "true"}}]}


def conf_file(d, name, body, single):
    d = os.path.join(d, name)
    os.makedirs(d)
    user = "user root;" if os.geteuid() == 0 else ""
    temps = "".join(f"{t}_temp_path {d}/{t};" for t in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = f"{d}/nginx.conf"
    head = (f"{user} pid {d}/pid; daemon off; worker_processes 1; {'master_process off;' if single else ''} error_log {d}/error.log warn; "
            "events { worker_connections 2048; }")
    open(conf, "w").write(body.replace("HEAD", head).replace("HTTP", f"{temps} access_log off; keepalive_requests 1000000;"))
    return conf, d


def serve(d, name, body, where, core, wrap=()):
    """An NGINX of one worker; under the command `wrap`, of one process. Returns the worker's id."""
    conf, nd = conf_file(d, name, body, bool(wrap))
    p = start([*wrap, "nginx", "-p", nd + "/", "-e", f"{nd}/error.log", "-c", conf], f"{nd}/out.log", str(where), core)
    if wrap:
        return p.pid
    master = int(open(f"{nd}/pid").read())
    return int(subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True).stdout.split()[0])


POOL = f"upstream up {{ server 127.0.0.1:{P['up']}; keepalive 64; }}"
PROXY = "proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection '';"


def upstream(d):
    serve(d, "up", f"HEAD http {{ HTTP server {{ listen 127.0.0.1:{P['up']}; location / {{ return 200 ok; }} }} }}", P["up"], cores[-1])


def plain_conf(name):
    return f"HEAD http {{ HTTP {POOL} server {{ listen 127.0.0.1:{P[name]}; location / {{ {PROXY} }} location /r {{ return 302 /there; }} }} }}"


def edge_conf(d, name, zone, more=""):
    """more: for the server of the app, or a further server."""
    http = open(f"{top}/conf.d/auth-broker-http.conf").read().replace("/run/auth-broker/web.sock", f"{d}/w.sock").replace("rate=20r/s", "rate=10000r/s")
    app = (f"auth_broker bench client=app; auth_broker_pass user email groups; location / {{ {PROXY} }} "
           f"location /api/ {{ auth_broker_accept bearer; auth_broker_audience https://api.example.com; {PROXY} }}")
    return (f"load_module {build}/ngx_http_auth_broker_module.so; HEAD http {{ HTTP {http} {POOL} auth_broker_socket unix:{d}/e.sock; auth_broker_zone {zone}; "
            f"server {{ listen 127.0.0.1:{P[name]}; server_name app.localhost; {app} {more} }} }}")


def realm_server(d):
    snippet = open(f"{top}/conf.d/auth-broker-realm.conf").read().replace("/var/log/nginx", d)
    return f"}} server {{ listen 127.0.0.1:{P['id']}; server_name id.localhost; {snippet}"


def daemon_start(d):
    os.chmod(d, 0o755)
    os.mkdir(f"{d}/realms")
    json.dump(realm(), open(f"{d}/realms/bench.json", "w"))
    return start([f"{build}/auth-brokerd", "--state-dir", f"{d}/state", "--edge-socket", f"{d}/e.sock", "--web-socket", f"{d}/w.sock", "--ctl-socket", f"{d}/c.sock",
                  "--hostname", f"http://id.localhost:{P['id']}", "--import-realm", f"{d}/realms", "--edge-uid", str(os.geteuid())],
                 f"{d}/daemon.log", f"{d}/c.sock", cores[-1])


def stop():
    for p in reversed(procs):
        p.send_signal(signal.SIGTERM)
    for p in procs:
        try:
            p.wait(10)
        except subprocess.TimeoutExpired:
            p.kill()


class Browser:
    """Just enough to sign in and keep the session cookie."""
    def __init__(self):
        self.jar = {}

    def ask(self, method, url, body=None, navigate=True):
        u = urllib.parse.urlsplit(url)
        c = http.client.HTTPConnection("127.0.0.1", u.port, timeout=40)
        h = {"Host": u.netloc, "Accept": "text/html"}
        if navigate:
            h.update({"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"})
        jar = self.jar.get(u.hostname, {})
        if jar:
            h["Cookie"] = "; ".join(f"{k}={v}" for k, v in jar.items())
        if body is not None:
            h["Content-Type"] = "application/x-www-form-urlencoded"
        c.request(method, u.path + ("?" + u.query if u.query else ""), body, h)
        r = c.getresponse()
        text = r.read().decode(errors="replace")
        for k, v in r.getheaders():
            if k.lower() == "set-cookie":
                name, _, value = v.split(";")[0].partition("=")
                self.jar.setdefault(u.hostname, {})[name] = value
        return r.status, r.getheader("Location"), text, url

    def go(self, method, url, body=None):
        for _ in range(12):
            status, where, text, at = self.ask(method, url, body)
            if status not in (301, 302, 303):
                return status, text, at
            method, body, url = "GET", None, urllib.parse.urljoin(at, where)
        sys.exit("bench: redirect loop")

    def sign_in(self, url):
        _, text, at = self.go("GET", url)
        action = re.search(r'<form[^>]*action="([^"]+)"', text).group(1).replace("&amp;", "&").replace("&#x3D;", "=")
        status, _, at = self.go("POST", urllib.parse.urljoin(at, action), "username=u&password=p")
        if status != 200 or at != url:
            sys.exit(f"bench: sign-in ended with {status} at {at}")
        return self.jar["app.localhost"]["auth"]

    def again(self, url):
        """One more app-host session on the same sign-in."""
        self.jar["app.localhost"].pop("auth", None)
        self.go("GET", url)
        return self.jar["app.localhost"]["auth"]


def grant(**form):
    c = http.client.HTTPConnection("127.0.0.1", P["id"])
    c.request("POST", "/realms/bench/protocol/openid-connect/token", urllib.parse.urlencode({"client_id": "api", "client_secret": "s", **form}),
              {"Host": f"id.localhost:{P['id']}", "Content-Type": "application/x-www-form-urlencoded"})
    return json.loads(c.getresponse().read())


def token():
    return grant(grant_type="password", username="u", password="p", scope="openid")["access_token"]
