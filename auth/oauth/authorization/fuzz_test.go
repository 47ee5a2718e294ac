package authorization

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzBegin: no query causes a panic, and none leads to an address that is not registered.
func FuzzBegin(f *testing.F) {
	f.Add(asking().Encode())
	f.Add(asking("prompt", "none", "max_age", "0", "id_token_hint", "ada's", "ui_locales", "de").Encode())
	f.Add(asking("response_type", "token id_token", "redirect_uri", callback+"?a=b").Encode())
	f.Add(twice(asking("resource", notesURI), "resource", audience).Encode())
	f.Add("client_id=app&redirect_uri=https%3A%2F%2Fevil.example.com&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax")
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		step, _ := newFixture(t).begin(form)
		if step == nil || step.Response == nil {
			return
		}
		if to := step.Response.URL(); !strings.HasPrefix(to, callback) && !strings.HasPrefix(to, "http://127.0.0.1") {
			t.Errorf("%q leads to %s", query, to)
		}
	})
}
