package transport

import (
	"net/http"
	"testing"
)

func TestAccept(t *testing.T) {
	tests := []struct {
		accept []string
		want   string // "" is 406
	}{
		{nil, MediaJSON},
		{[]string{"*/*"}, MediaJSON},
		{[]string{"application/*"}, MediaJSON},
		{[]string{"text/*"}, ""},
		{[]string{"text/html"}, ""},
		{[]string{"application/json"}, MediaJSON},
		{[]string{"APPLICATION/JSON"}, MediaJSON},
		{[]string{"application/json; charset=utf-8"}, MediaJSON},
		{[]string{"application/json; charset=latin1"}, ""},
		{[]string{"application/graphql-response+json"}, MediaGraphQL},
		{[]string{"application/graphql-response+json, application/json"}, MediaGraphQL},
		{[]string{"application/json, application/graphql-response+json"}, MediaGraphQL},
		{[]string{"application/json", "application/graphql-response+json"}, MediaGraphQL},
		{[]string{"application/graphql-response+json;q=0.5, application/json;q=0.9"}, MediaJSON},
		{[]string{"application/graphql-response+json;q=0.9, application/json;q=0.5"}, MediaGraphQL},
		{[]string{"application/json;q=0"}, ""},
		{[]string{"application/graphql-response+json;q=0, application/json"}, MediaJSON},
		{[]string{"*/*;q=0.1, application/graphql-response+json;q=0.1"}, MediaGraphQL},
		{[]string{"text/html, application/xhtml+xml, */*;q=0.8"}, MediaJSON},
		{[]string{"application/json;q=x"}, ""},
		{[]string{"application/json;q=NaN"}, ""},
		{[]string{""}, ""},
		{[]string{";;;"}, ""},
		{[]string{"multipart/mixed"}, ""},
		{[]string{"text/event-stream, application/json;q=0.1"}, MediaJSON},
		{[]string{"*/*, application/json;q=0"}, MediaGraphQL},
		{[]string{"application/json;q=0, */*"}, MediaGraphQL},
		{[]string{"*/*;q=0.5, application/graphql-response+json;q=0"}, MediaJSON},
		{[]string{"*/*, application/json;q=0, application/graphql-response+json;q=0"}, ""},
	}
	for _, tt := range tests {
		if got := Accepted(http.Header{"Accept": tt.accept}); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.accept, got, tt.want)
		}
	}
}

func TestIsJSON(t *testing.T) {
	for value, want := range map[string]bool{
		"application/json": true, "application/json;charset=UTF-8": true, "application/json; boundary=x": true,
		"": false, "text/plain": false, "application/json;charset=ascii": false, "application/json, text/plain": false,
		"text/plain; application/json": false, "application/jsonp": false,
	} {
		if got := isJSON(http.Header{"Content-Type": {value}}); got != want {
			t.Errorf("%q: %t", value, got)
		}
	}
	if isJSON(http.Header{}) || isJSON(http.Header{"Content-Type": {"application/json", "text/plain"}}) {
		t.Error("none, or two, pass")
	}
}
