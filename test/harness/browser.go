package harness

import (
	"fmt"
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
	return &Browser{email, password, &http.Client{Jar: jar, CheckRedirect: stay}}
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
		answer, text := b.send(t, to, form)
		next, values, err := b.step(answer, text)
		if err != nil {
			t.Fatal(err)
		}
		if next == nil {
			return to, text
		}
		to, form = next, values
	}
	t.Fatalf("no end after %d pages: %s", maxHops, to)
	return nil, ""
}

// send opens an address, or sends a form there.
func (b *Browser) send(t testing.TB, to *url.URL, form url.Values) (*http.Response, string) {
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
	answer, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

var refresh = regexp.MustCompile(`(?i)url=(.*)$`)

// step returns where a person goes from an answer, and the form that is sent there; nothing at
// the end of the way.
func (b *Browser) step(answer *http.Response, text string) (*url.URL, url.Values, error) {
	from := answer.Request.URL
	if location := answer.Header.Get("Location"); location != "" {
		to, err := from.Parse(location)
		return to, nil, err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return nil, nil, nil
	}
	page, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	var form *html.Node
	for n := range page.Descendants() {
		if n.Data == "meta" && strings.EqualFold(attribute(n, "http-equiv"), "refresh") {
			to, err := from.Parse(refresh.FindStringSubmatch(attribute(n, "content"))[1])
			return to, nil, err
		}
		if form == nil && n.Data == "form" && strings.EqualFold(attribute(n, "method"), "post") {
			form = n
		}
	}
	if form == nil {
		return nil, nil, nil
	}
	to, err := from.Parse(attribute(form, "action"))
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
		t.Fatal(fmt.Sprintf("no code at %s\n%s", back, text))
	}
	return code
}
