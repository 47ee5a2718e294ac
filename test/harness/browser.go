package harness

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// A Browser is a person's browser without scripts: it keeps cookies, follows redirects, and
// fills in and sends the forms of log-in and consent.
type Browser struct {
	Email, Password string
	TOTP            func() string // the code of the person's authenticator app; nil without one

	client *http.Client
}

// NewBrowser returns the browser of a person who has this account.
func NewBrowser(t testing.TB, email, password string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{Email: email, Password: password, client: &http.Client{Jar: jar, CheckRedirect: stay}}
}

// Cookie returns the value of a cookie that the browser keeps for an address, "" if it has none.
func (b *Browser) Cookie(t testing.TB, address, name string) string {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// maxHops is the most redirects and pages on the way to an application.
const maxHops = 20

// Visit opens an address and does what the pages ask. It returns the address that begins with
// until, or, if the way ends before, the address and the text of the page there.
func (b *Browser) Visit(t testing.TB, address, until string) (*url.URL, string) {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var form url.Values
	for range maxHops {
		if strings.HasPrefix(to.String(), until) {
			return to, ""
		}
		got := b.send(t, to, form)
		next, values, err := b.step(got)
		if err != nil {
			t.Fatal(err)
		}
		if next == nil {
			return to, got.text
		}
		to, form = next, values
	}
	t.Fatalf("no end after %d pages: %s", maxHops, to)
	return nil, ""
}

// Submit sends a form as one of the service's own pages does, and returns the page that answers it.
func (b *Browser) Submit(t testing.TB, address string, form url.Values) string {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return b.send(t, to, form).text
}

// An answer is what a browser gets from an address.
type answer struct {
	from     *url.URL
	status   int
	location string // of a redirect
	text     string
}

// send opens an address, or sends a form there.
func (b *Browser) send(t testing.TB, to *url.URL, form url.Values) answer {
	t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, to.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", to.Scheme+"://"+to.Host)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{to, response.StatusCode, response.Header.Get("Location"), string(text)}
}

var refresh = regexp.MustCompile(`(?i)url=(.*)$`)

// step returns where a person goes from an answer, and the form that is sent there; nothing at
// the end of the way.
func (b *Browser) step(got answer) (*url.URL, url.Values, error) {
	if got.location != "" {
		to, err := got.from.Parse(got.location)
		return to, nil, err
	}
	if got.status >= http.StatusBadRequest {
		return nil, nil, nil
	}
	page, err := html.Parse(strings.NewReader(got.text))
	if err != nil {
		return nil, nil, err
	}
	var form *html.Node
	for n := range page.Descendants() {
		if n.Data == "meta" && strings.EqualFold(attribute(n, "http-equiv"), "refresh") {
			to, err := got.from.Parse(refresh.FindStringSubmatch(attribute(n, "content"))[1])
			return to, nil, err
		}
		if form == nil && n.Data == "form" && strings.EqualFold(attribute(n, "method"), "post") {
			form = n
		}
	}
	if form == nil {
		return nil, nil, nil
	}
	to, err := got.from.Parse(attribute(form, "action"))
	return to, b.fill(form), err
}

// fill returns what a person sends: the first button is pressed.
func (b *Browser) fill(form *html.Node) url.Values {
	values := url.Values{}
	pressed := false
	for n := range form.Descendants() {
		name, value := attribute(n, "name"), attribute(n, "value")
		switch {
		case name == "" || has(n, "disabled"):
		case n.Data == "button" && !pressed:
			values.Add(name, value)
			pressed = true
		case n.Data != "input":
		case attribute(n, "type") == "password":
			values.Add(name, b.Password)
		case name == "totp" && b.TOTP != nil:
			values.Add(name, b.TOTP())
		case attribute(n, "type") == "hidden", attribute(n, "type") == "checkbox" && has(n, "checked"):
			values.Add(name, value)
		case attribute(n, "type") == "text", attribute(n, "type") == "email":
			values.Add(name, b.Email)
		}
	}
	return values
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Code opens an authorization request, and returns the code that the application gets.
func (b *Browser) Code(t testing.TB, address, until string) string {
	t.Helper()
	back, text := b.Visit(t, address, until)
	code := back.Query().Get("code")
	if code == "" {
		t.Fatalf("no code at %s\n%s", back, text)
	}
	return code
}
