package inbox_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/mail/inbox"
)

// mails are the mails that are kept, by id.
type mails map[string]string

func (m mails) Names() []string { return []string{"b", "a"} }

func (m mails) Read(id string) ([]byte, error) {
	if m[id] == "" {
		return nil, errors.New("none")
	}
	return []byte(m[id]), nil
}

// kept has two mails as the library writes them.
func kept() mails {
	const mail = "Subject: %s\r\nTo: <ada@example.com>\r\nDate: Thu, 01 Jan 1970 00:00:01 +0000\r\n" +
		"Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
		"Hello <script>,\r\n\r\nhttp://localhost:8080/account#reset=3D%s\r\n\r\nThis works once.\r\n" +
		"--b\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n<p>\r\n--b--\r\n"
	proof := strings.Repeat("Ab_-", 9) + "=\r\n" + strings.Repeat("Ab_-", 9)
	return mails{"a": fmt.Sprintf(mail, "=?UTF-8?q?Gr=C3=BC=C3=9Fe_<b>?=", proof), "b": fmt.Sprintf(mail, "Second", proof)}
}

func get(path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080"+path, http.NoBody)
	r.RemoteAddr = "127.0.0.1:5000"
	if change != nil {
		change(r)
	}
	mux := http.NewServeMux()
	h := inbox.Handler(kept(), "/base/account/mails")
	mux.Handle("/account/mails", h)
	mux.Handle("/account/mails/{id}", h)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func TestInbox(t *testing.T) {
	list := get("/account/mails", nil)
	if body := list.Body.String(); list.Code != 200 || !strings.Contains(body, `href="/base/account/mails/a"`) || !strings.Contains(body, "Grüße &lt;b&gt;") ||
		strings.Index(body, "Second") > strings.Index(body, "Grüße") || list.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", list.Code, body)
	}
	one := get("/account/mails/a", nil)
	link := `<a href="http://localhost:8080/account#reset=` + strings.Repeat("Ab_-", 18) + `">`
	if body := one.Body.String(); one.Code != 200 || !strings.Contains(body, link) || !strings.Contains(body, "This works once.") || strings.Contains(body, "<script>") {
		t.Errorf("%d %s", one.Code, body)
	}
}

// TestInboxIsLocal: only a browser on this machine sees it.
func TestInboxIsLocal(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"another machine":        func(r *http.Request) { r.RemoteAddr = "192.0.2.1:5000" },
		"another name":           func(r *http.Request) { r.Host = "rebound.example.com:8080" },
		"a proxy":                func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") },
		"a proxy of RFC 7239":    func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.1") },
		"no address":             func(r *http.Request) { r.RemoteAddr = "@" },
		"a method that changes":  func(r *http.Request) { r.Method = http.MethodPost },
		"a mail that is unknown": func(r *http.Request) { r.URL.Path = "/account/mails/c" },
	} {
		if w := get("/account/mails/a", change); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "reset=") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for _, host := range []string{"localhost:8080", "127.0.0.1", "[::1]:8080"} {
		w := get("/account/mails/a", func(r *http.Request) { r.Host = host })
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
}
