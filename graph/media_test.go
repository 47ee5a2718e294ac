package graph

import (
	"net/http"
	"testing"
)

func TestAccept(t *testing.T) {
	tests := []struct {
		accept []string
		want   string // "" is 406
	}{
		{nil, mediaJSON},
		{[]string{"*/*"}, mediaJSON},
		{[]string{"application/*"}, mediaJSON},
		{[]string{"text/*"}, ""},
		{[]string{"text/html"}, ""},
		{[]string{"application/json"}, mediaJSON},
		{[]string{"APPLICATION/JSON"}, mediaJSON},
		{[]string{"application/json; charset=utf-8"}, mediaJSON},
		{[]string{"application/json; charset=latin1"}, ""},
		{[]string{"application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/graphql-response+json, application/json"}, mediaGraphQL},
		{[]string{"application/json, application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/json", "application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/graphql-response+json;q=0.5, application/json;q=0.9"}, mediaJSON},
		{[]string{"application/graphql-response+json;q=0.9, application/json;q=0.5"}, mediaGraphQL},
		{[]string{"application/json;q=0"}, ""},
		{[]string{"application/graphql-response+json;q=0, application/json"}, mediaJSON},
		{[]string{"*/*;q=0.1, application/graphql-response+json;q=0.1"}, mediaGraphQL},
		{[]string{"text/html, application/xhtml+xml, */*;q=0.8"}, mediaJSON},
		{[]string{"application/json;q=x"}, ""},
		{[]string{"application/json;q=NaN"}, ""},
		{[]string{""}, ""},
		{[]string{";;;"}, ""},
		{[]string{"multipart/mixed"}, ""},
		{[]string{"text/event-stream, application/json;q=0.1"}, mediaJSON},
		{[]string{"*/*, application/json;q=0"}, mediaGraphQL},
		{[]string{"application/json;q=0, */*"}, mediaGraphQL},
		{[]string{"*/*;q=0.5, application/graphql-response+json;q=0"}, mediaJSON},
		{[]string{"*/*, application/json;q=0, application/graphql-response+json;q=0"}, ""},
	}
	for _, tt := range tests {
		if got := accepted(http.Header{"Accept": tt.accept}); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.accept, got, tt.want)
		}
	}
	s := newService(t)
	if got := s.ask(t, ann, `{ viewer { id } }`, nil, "Accept: text/html"); got.Code != http.StatusNotAcceptable || got.codes() != "BAD_REQUEST" {
		t.Errorf("text/html: %d %s", got.Code, got.Body)
	}
}

func TestPosted(t *testing.T) {
	for value, want := range map[string]bool{
		"application/json": true, "application/json;charset=UTF-8": true, "application/json; boundary=x": true,
		"": false, "text/plain": false, "application/json;charset=ascii": false, "application/json, text/plain": false,
		"text/plain; application/json": false, "application/jsonp": false,
	} {
		if got := posted(http.Header{"Content-Type": {value}}); got != want {
			t.Errorf("%q: %t", value, got)
		}
	}
	if posted(http.Header{}) || posted(http.Header{"Content-Type": {"application/json", "text/plain"}}) {
		t.Error("none, or two, pass")
	}
}
