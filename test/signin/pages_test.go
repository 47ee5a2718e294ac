package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// TestPages tries the pages of one service.
func TestPages(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "LOG_LEVEL=debug")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	for name, test := range map[string]func(*testing.T, *harness.Service){
		"headers": testHeaders, "other sites": testOtherSites, "bad requests": testBadRequests, "hint": testHint, "languages": testLanguages,
		"service accounts": testServiceAccounts, "logout": testLogout, "log": testLog,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

// testHeaders pins the headers of each page: those of the API would break them.
func testHeaders(t *testing.T, s *harness.Service) {
	app := s.Application(t, nil)
	b := newBrowser(t, s)
	const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
	id := b.begin(app)
	check := func(name, csp string, w *httptest.ResponseRecorder, status int) {
		t.Helper()
		h := w.Header()
		if w.Code != status || h.Get("Content-Security-Policy") != csp || h.Get("Referrer-Policy") != "same-origin" ||
			h.Get("Cache-Control") != "no-store" || h.Get("X-Frame-Options") != "DENY" || h.Get("Cross-Origin-Opener-Policy") != "" ||
			h.Get("Access-Control-Allow-Origin") != "" || h.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %v", name, w.Code, h)
		}
	}
	check("login", policy+"; form-action 'self'", b.get("/oauth/login?request="+id), 200)
	check("refused", policy+"; form-action 'self'", b.logIn(id, harness.AdaEmail, "wrong"), 400)
	b.logIn(id, harness.AdaEmail, harness.AdaPassword)
	check("consent", policy, b.get("/oauth/consent?request="+id), 200)
	check("logout", policy, b.get("/oauth/logout"), 200)
	check("fault", policy, b.get("/oauth/authorize"), 400)
	check("expired", policy, b.get("/oauth/consent?request=x"), 400)
	answer(t, b.allow(id, "email"))
	again := b.begin(app, "prompt", "login")
	onward := b.logIn(again, harness.AdaEmail, harness.AdaPassword)
	check("onward", policy+"; form-action 'self'", onward, 200)
	if !strings.Contains(onward.Body.String(), `<meta http-equiv="refresh" content="0;url=`+harness.Callback+`?code=`) {
		t.Errorf("it does not go on: %s", onward.Body)
	}
	css := b.get("/oauth/pages.css")
	if css.Code != 200 || !strings.HasPrefix(css.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%d %v", css.Code, css.Header())
	}
}

// TestCookies: they are Lax, for this host only, and not for scripts.
func TestCookies(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "PUBLIC_URL=https://id.example.com")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	b := newBrowser(t, s)
	begun := b.get("/oauth/authorize?" + asking(s.Application(t, nil)).Encode())
	in := b.send(http.MethodPost, "/oauth/login",
		url.Values{"request": {idIn(t, begun)}, "email": {harness.AdaEmail}, "password": {harness.AdaPassword}},
		http.Header{"Origin": {"https://id.example.com"}}) // a proxy has changed the header Host
	for want, w := range map[string]*httptest.ResponseRecorder{
		"__Host-gatehouse-flow=; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax":       begun,
		"__Host-gatehouse-signin=; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax": in,
	} {
		if got := bare(w.Header().Get("Set-Cookie")); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// bare returns a cookie without its value.
func bare(cookie string) string {
	name, rest, _ := strings.Cut(cookie, "=")
	_, attributes, _ := strings.Cut(rest, ";")
	return name + "=;" + attributes
}

// testOtherSites: no page takes a form of another site, and each takes its own.
func testOtherSites(t *testing.T, s *harness.Service) {
	app := s.Application(t, nil)
	others := map[string]http.Header{
		"another site":            {"Origin": {"https://evil.example.com"}, "Sec-Fetch-Site": {"cross-site"}},
		"another host, no fetch":  {"Origin": {"http://evil.example.com"}},
		"another port":            {"Origin": {"http://localhost:3000"}, "Sec-Fetch-Site": {"same-site"}},
		"a sandboxed frame":       {"Origin": {"null"}, "Sec-Fetch-Site": {"cross-site"}},
		"no origin, and no fetch": {"Origin": {"null"}},
	}
	b := signedIn(t, s, app)
	id := b.begin(app, "prompt", "consent")
	page := b.get("/oauth/consent?request=" + id)
	forms := map[string]url.Values{
		"/oauth/login":   {"request": {id}, "email": {harness.AdaEmail}, "password": {harness.AdaPassword}},
		"/oauth/consent": {"request": {id}, "answer": {"allow"}, "scope": {"email"}, "shown": {shown.FindStringSubmatch(page.Body.String())[1]}},
		"/oauth/logout":  {"answer": {"yes"}},
	}
	for name, header := range others {
		for path, form := range forms {
			if w := b.send(http.MethodPost, path, form, header); w.Code != http.StatusForbidden || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s to %s: %d %v", name, path, w.Code, w.Header())
			}
		}
	}
	own := http.Header{"Sec-Fetch-Site": {"same-origin"}}
	for _, path := range []string{"/oauth/consent", "/oauth/login", "/oauth/logout"} {
		if w := b.send(http.MethodPost, path, forms[path], own); w.Code == http.StatusForbidden || w.Code >= 500 {
			t.Errorf("our own to %s: %d %s", path, w.Code, w.Body)
		}
	}
}

// testBadRequests: a page or the RFC's error, and nothing reflected.
func testBadRequests(t *testing.T, s *harness.Service) {
	app := s.Application(t, nil)
	const injected = `"><script>alert(1)</script>`
	form := func(changes ...string) url.Values { return asking(app, changes...) }
	tests := []struct {
		name   string
		method string
		path   string
		form   url.Values
		header http.Header
		want   int
	}{
		{"a query that can't be read", "GET", "/oauth/authorize?client_id=%zz", nil, nil, 400},
		{"semicolons", "GET", "/oauth/authorize?client_id=a;b=c", nil, nil, 400},
		{"a client of another kind", "GET", "/oauth/authorize?" + form("client_id", injected).Encode(), nil, nil, 400},
		{"a redirect URI", "GET", "/oauth/authorize?" + form("redirect_uri", "https://x/"+injected).Encode(), nil, nil, 400},
		{"a scope", "GET", "/oauth/authorize?" + form("scope", injected).Encode(), nil, nil, 303},
		{"100 KB of scope in a form", "POST", "/oauth/authorize", form("scope", strings.Repeat("openid ", 15000)), nil, 413},
		{"JSON", "POST", "/oauth/authorize", form(), http.Header{"Content-Type": {"application/json"}}, 400},
		{"a file", "POST", "/oauth/authorize", form(), http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, 400},
		{"an unknown request", "GET", "/oauth/login?request=" + url.QueryEscape(injected), nil, nil, 400},
		{"a logout to nowhere", "GET", "/oauth/logout?post_logout_redirect_uri=" + url.QueryEscape(injected), nil, nil, 400},
		{"an answer that is none", "POST", "/oauth/consent", url.Values{"answer": {injected}}, nil, 400},
		{"another answer", "POST", "/oauth/logout", url.Values{"answer": {injected}}, nil, 400},
		{"PUT", "PUT", "/oauth/authorize", nil, nil, 405},
		{"DELETE", "DELETE", "/oauth/consent", nil, nil, 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBrowser(t, s)
			w := b.send(tt.method, tt.path, tt.form, tt.header)
			whole := w.Body.String() + w.Header().Get("Location")
			if w.Code != tt.want || strings.Contains(whole, "alert(1)") || strings.Contains(whole, "script>") {
				t.Errorf("%d: %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
	if w := newBrowser(t, s).get("/oauth/authorize?" + form("login_hint", injected).Encode()); w.Code != 303 {
		t.Errorf("the same request done right: %d %s", w.Code, w.Body)
	}
}

// testHint: the page shows what the application says of the person as text.
func testHint(t *testing.T, s *harness.Service) {
	app := s.Application(t, harness.Vars{"name": "<b>App</b>"})
	b := newBrowser(t, s)
	w := b.get("/oauth/login?request=" + b.begin(app, "login_hint", `"><script>`))
	if text := w.Body.String(); strings.Contains(text, "<script>") || strings.Contains(text, "<b>") || !strings.Contains(text, "&lt;script&gt;") {
		t.Error(text)
	}
}

// testLanguages: the application's choice comes before the browser's, and English last.
func testLanguages(t *testing.T, s *harness.Service) {
	app := s.Application(t, nil)
	for _, tt := range []struct{ locales, header, want string }{
		{"", "", "en"}, {"de", "", "de"}, {"fr de-AT", "en", "de"}, {"", "de-CH,de;q=0.9", "de"}, {"en", "de", "en"}, {"xx", "fr", "en"}, {"DE", "", "de"},
	} {
		b := newBrowser(t, s)
		id := b.begin(app, "ui_locales", tt.locales)
		w := b.send(http.MethodGet, "/oauth/login?request="+id, nil, http.Header{"Accept-Language": {tt.header}})
		if !strings.Contains(w.Body.String(), `<html lang="`+tt.want+`">`) {
			t.Errorf("%q and %q: %.60s", tt.locales, tt.header, w.Body)
		}
	}
}

// TestBelowAPath: the pages work where PUBLIC_URL has a path, whether or not a proxy
// removes it.
func TestBelowAPath(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "PUBLIC_URL=http://localhost:8080/id")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	for _, base := range []string{"", "/id"} {
		b := newBrowser(t, s)
		b.base = base
		w := b.get("/oauth/authorize?" + asking(app, "prompt", "consent").Encode())
		if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/id/oauth/login?request=") {
			t.Fatalf("it leads to %s", to)
		}
		id := idIn(t, w)
		if w := b.logIn(id, harness.AdaEmail, harness.AdaPassword); !strings.HasPrefix(w.Header().Get("Location"), "/id/oauth/consent?request=") {
			t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
		}
		if got := answer(t, b.allow(id, "email")); got.Get("iss") != "http://localhost:8080/id" {
			t.Errorf("%v", got)
		}
	}
}
