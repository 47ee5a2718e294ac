package authorization

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"
)

const bye = "https://app.example.com/bye"

// TestLogOut has the modules of the conformance suite on RP-initiated logout: bad,
// modified and no hint, a bad redirect, a query added, only state, no parameters.
func TestLogOut(t *testing.T) {
	form := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	tests := []struct {
		name      string
		form      url.Values
		person    string
		confirmed bool
		want      string // ask, done, page, or where the person goes
	}{
		{"no parameters", form(), "ada", false, "ask"},
		{"no parameters, confirmed", form(), "ada", true, "done"},
		{"no parameters, not logged in", form(), "", false, "done"},
		{"only state", form("state", "xyz"), "ada", false, "ask"},
		{"a hint", form("id_token_hint", "ada's"), "ada", false, "done"},
		{"a hint, not logged in", form("id_token_hint", "ada's"), "", false, "done"},
		{"a hint and an address", form("id_token_hint", "ada's", "post_logout_redirect_uri", bye), "ada", false, bye},
		{"with state", form("id_token_hint", "ada's", "post_logout_redirect_uri", bye, "state", "x&y"), "ada", false, bye + "?state=x%26y"},
		{"a client and an address", form("client_id", "app", "post_logout_redirect_uri", bye), "ada", false, "ask"},
		{"confirmed", form("client_id", "app", "post_logout_redirect_uri", bye), "ada", true, bye},
		{"not logged in", form("client_id", "app", "post_logout_redirect_uri", bye), "", false, bye},
		{"another person's hint", form("id_token_hint", "bob's"), "ada", false, "ask"},
		{"a modified hint", form("id_token_hint", "eyJ"), "ada", false, "ask"},
		{"a modified hint and an address", form("id_token_hint", "eyJ", "post_logout_redirect_uri", bye), "ada", false, "page"},
		{"an address alone", form("post_logout_redirect_uri", bye), "ada", false, "page"},
		{"a bad address", form("id_token_hint", "ada's", "post_logout_redirect_uri", "https://evil.example.com"), "ada", false, "page"},
		{"a query added", form("id_token_hint", "ada's", "post_logout_redirect_uri", bye+"?x=y"), "ada", false, "page"},
		{"an address of logging in", form("id_token_hint", "ada's", "post_logout_redirect_uri", callback), "ada", false, "page"},
		{"another client", form("id_token_hint", "ada's", "client_id", "ours"), "ada", false, "page"},
		{"an unknown client", form("client_id", "unknown"), "ada", false, "page"},
		{"a disabled client", form("client_id", "disabled"), "ada", false, "page"},
		{"two addresses", form("id_token_hint", "ada's", "post_logout_redirect_uri", bye, "post_logout_redirect_uri", bye), "ada", false, "page"},
		{"unknown parameters", form("id_token_hint", "ada's", "foo", "bar", "logout_hint", "ada"), "ada", false, "done"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			var ends []string
			if tt.person != "" {
				ends = append(ends, f.signIn(tt.person, time.Hour).ID)
			}
			if hint := f.Hints.(fakeHints)[tt.form.Get("id_token_hint")]; hint != nil && hint.Subject == "ada" {
				ends = append(ends, hint.SessionID)
			}
			out, err := f.LogOut(t.Context(), tt.form, f.browser, tt.confirmed)
			got := "done"
			switch page := new(PageError); {
			case errors.As(err, &page):
				got = "page"
			case err != nil:
				t.Fatal(err)
			case !out.Done:
				got = "ask"
			case out.Location != "":
				got = out.Location
			}
			if got != tt.want {
				t.Fatalf("outcome = %s, want %s", got, tt.want)
			}
			if got == "ask" || got == "page" {
				ends = nil
			}
			if !slices.Equal(f.store.ended, ends) {
				t.Errorf("ended %v, want %v", f.store.ended, ends)
			}
		})
	}
}
