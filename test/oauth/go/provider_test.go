// Package oauth has tests in Go of a provider, with clients of other projects. The test in Node
// that starts the provider and runs them is go.test.mjs.
package oauth

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"
)

// A provider is what the test in Node started.
type provider struct {
	Issuer  string                `json:"issuer"`
	Clients map[string]registered `json:"clients"`
	Email   string                `json:"email"`
	Walker  string                `json:"walker"` // does what a person does in a browser
	App     string                `json:"app"`    // the address of the application of one's own
}

type registered struct {
	ID          string   `json:"id"`
	Secret      string   `json:"secret"`
	RedirectURI []string `json:"redirectUris"`
}

func running(t *testing.T) provider {
	t.Helper()
	text := os.Getenv("OAUTH_PROVIDER")
	if text == "" {
		t.Skip("go.test.mjs runs this test")
	}
	var p provider
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// An arrival is where a person's browser ended.
type arrival struct {
	URL    string `json:"url"`
	Status int    `json:"status"` // of the page; 0 at the client's address
	Text   string `json:"text"`
}

// visit opens an address as a person does, who logs in and allows what is asked, until the browser
// is sent to an address that begins with until.
func (p provider) visit(t *testing.T, address, until string) arrival {
	t.Helper()
	answer, err := http.Get(p.Walker + "?" + url.Values{"url": {address}, "until": {until}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("walker: %s: %s: %v", answer.Status, body, err)
	}
	var a arrival
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// code returns the code that a person's visit is answered with.
func (p provider) code(t *testing.T, address, until, state string) string {
	t.Helper()
	a := p.visit(t, address, until)
	parsed, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := parsed.Query()
	if a.Status != 0 || q.Get("error") != "" || q.Get("state") != state || q.Get("iss") != p.Issuer {
		t.Fatalf("the browser ended at %+v", a)
	}
	return q.Get("code")
}

func first(list []string) string {
	if len(list) == 0 {
		panic("a client without a redirect URI")
	}
	return list[0]
}
