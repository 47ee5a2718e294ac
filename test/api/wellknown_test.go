package api_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"testing"

	"gatehouse/test/harness"
)

// TestMetadata reads the metadata as other services do: with the issuer's path
// after the well-known one (RFC 8414, 3.1), or where a proxy has removed it.
func TestMetadata(t *testing.T) {
	const path = "/.well-known/oauth-authorization-server"
	for issuer, paths := range map[string]map[string]int{
		"https://id.example.com": {
			path: http.StatusOK, path + "/": http.StatusNotFound, path + "/tenant": http.StatusNotFound,
		},
		"https://id.example.com:8443/tenant": {
			path + "/tenant": http.StatusOK, path: http.StatusOK,
			path + "/tenants": http.StatusNotFound, path + "/tenant/": http.StatusNotFound, path + "/": http.StatusNotFound,
		},
		"https://id.example.com/a/b%20{c}": {
			path + "/a/b%20%7Bc%7D": http.StatusOK, path + "/a": http.StatusNotFound, path + "/a/b": http.StatusNotFound,
		},
	} {
		s := harness.Start(t, "PUBLIC_URL="+issuer)
		want := map[string]any{
			"issuer": s.Settings().Issuer(), "jwks_uri": s.Settings().Issuer() + "/.well-known/jwks.json",
			"response_types_supported": []any{}, "grant_types_supported": []any{},
		}
		for path, status := range paths {
			response, err := http.Get(s.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || response.StatusCode != status {
				t.Errorf("%s, %s: status %d, %v; want %d", issuer, path, response.StatusCode, err, status)
			}
			if status != http.StatusOK {
				continue
			}
			var got map[string]any
			if err := json.Unmarshal(content, &got); err != nil || !maps.EqualFunc(got, want, reflect.DeepEqual) {
				t.Errorf("%s, %s: %s, %v", issuer, path, content, err)
			}
		}
	}
}

// TestMetadataIsCachedAsKeysAre: what other services may keep, and which pages
// may read it, is the same for the metadata and for the key set.
func TestMetadataIsCachedAsKeysAre(t *testing.T) {
	for _, setting := range []string{"JWT_KEY_ANNOUNCE=10m", "JWT_KEY_ANNOUNCE=30s", "JWT_KEY_ANNOUNCE=0s", "JWT_ALG=HS256"} {
		s := harness.Start(t, setting)
		keys, metadata := header(t, s.URL+"/.well-known/jwks.json"), header(t, s.URL+"/.well-known/oauth-authorization-server")
		for _, name := range []string{"Cache-Control", "Content-Type", "Access-Control-Allow-Origin"} {
			if metadata.Get(name) == "" || metadata.Get(name) != keys.Get(name) {
				t.Errorf("%s: %s is %q, of the keys %q", setting, name, metadata.Get(name), keys.Get(name))
			}
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/.well-known/oauth-authorization-server", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("If-None-Match", metadata.Get("ETag"))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != http.StatusNotModified {
			t.Errorf("%s: unchanged, status %d", setting, response.StatusCode)
		}
	}
}

// header returns the header of the answer to a page of another site.
func header(t *testing.T, url string) http.Header {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "https://other.example.org")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.Header
}
