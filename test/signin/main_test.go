package signin_test

import (
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636, Appendix B

// A browser keeps cookies, and follows nothing by itself.
type browser struct {
	t       testing.TB
	handler http.Handler
	cookies map[string]string
	base    string
}

func newBrowser(t testing.TB, s *harness.Service) *browser {
	return &browser{t: t, handler: s.Handler(), cookies: map[string]string{}}
}

// send sends a request, and keeps the cookies of the answer.
func (b *browser) send(method, target string, form url.Values, header http.Header) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, b.base+target, strings.NewReader(form.Encode()))
	r.Host = "localhost:8080"
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "http://localhost:8080")
	}
	maps.Copy(r.Header, header)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

func (b *browser) get(target string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(http.MethodGet, target, nil, nil)
}

func (b *browser) post(target string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(http.MethodPost, target, form, nil)
}

// asking are the parameters of an application's request, with others; "" removes one.
func asking(app harness.Application, changes ...string) url.Values {
	form := url.Values{
		"client_id": {app.ID}, "redirect_uri": {harness.Callback}, "response_type": {"code"}, "scope": {"openid email"},
		"state": {"the-state"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Del(changes[i])
		if changes[i+1] != "" {
			form.Set(changes[i], changes[i+1])
		}
	}
	return form
}

// begin sends the browser to the service, and returns the request's id.
func (b *browser) begin(app harness.Application, changes ...string) string {
	b.t.Helper()
	w := b.get("/oauth/authorize?" + asking(app, changes...).Encode())
	return idIn(b.t, w)
}

// idIn returns the request's id in the address that an answer leads to.
func idIn(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || to.Query().Get("request") == "" {
		t.Fatalf("%d %s", w.Code, w.Header())
	}
	return to.Query().Get("request")
}

// logIn sends the form for logging in.
func (b *browser) logIn(id, email, password string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.post("/oauth/login", url.Values{"request": {id}, "email": {email}, "password": {password}})
}

var shown = regexp.MustCompile(`name="shown" value="([^"]+)"`)

// allow allows the scopes on the page for it, and returns the answer.
func (b *browser) allow(id string, scopes ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	page := b.get("/oauth/consent?request=" + id)
	found := shown.FindStringSubmatch(page.Body.String())
	if found == nil {
		b.t.Fatalf("%d %s", page.Code, page.Body)
	}
	return b.post("/oauth/consent", url.Values{"request": {id}, "answer": {"allow"}, "shown": {html.UnescapeString(found[1])}, "scope": scopes})
}

// answer returns what an answer brings to the application.
func answer(t testing.TB, w *httptest.ResponseRecorder) url.Values {
	t.Helper()
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, harness.Callback+"?") {
		t.Fatalf("%d to %q: %s", w.Code, to, w.Body)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// signedIn returns a browser in which ada is logged in and has allowed the application.
func signedIn(t testing.TB, s *harness.Service, app harness.Application) *browser {
	t.Helper()
	b := newBrowser(t, s)
	id := b.begin(app, "prompt", "consent")
	b.logIn(id, harness.AdaEmail, harness.AdaPassword)
	answer(t, b.allow(id, "email"))
	return b
}
