package web

import (
	"compress/gzip"
	"io"
	"testing"
)

func TestAssetCompression(t *testing.T) {
	const script = "/playground/explorer.mjs"
	plain := body(t, ask(t, "GET", script).Body)

	got := ask(t, "GET", script, "Accept-Encoding", "br, gzip")
	if h := got.Header.Get("Content-Encoding"); h != "gzip" {
		t.Fatalf("Content-Encoding = %q, want gzip", h)
	}
	if h := got.Header.Get("Vary"); h != "Accept-Encoding" {
		t.Errorf("Vary = %q", h)
	}
	unzipped, err := gzip.NewReader(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body(t, unzipped) != plain {
		t.Error("the compressed file has other content")
	}
}

func TestAssetUnchanged(t *testing.T) {
	tags := make(map[string]bool)
	for _, encoding := range []string{"", "gzip"} {
		tag := ask(t, "GET", "/playground", "Accept-Encoding", encoding).Header.Get("ETag")
		if tag == "" || tags[tag] {
			t.Errorf("encoding %q: ETag = %q, want a unique one", encoding, tag)
		}
		tags[tag] = true
		tests := []struct {
			known string
			want  int
		}{
			{`"another"`, 200},
			{tag, 304},
		}
		for _, tt := range tests {
			if got := ask(t, "GET", "/playground", "Accept-Encoding", encoding, "If-None-Match", tt.known); got.StatusCode != tt.want {
				t.Errorf("encoding %q, If-None-Match %s: status = %d, want %d", encoding, tt.known, got.StatusCode, tt.want)
			}
		}
	}
}

func TestAcceptsGzip(t *testing.T) {
	tests := []struct {
		header string
		want   bool
	}{
		{"", false},
		{"br", false},
		{"x-gzip", false},
		{"gzip;q=0", false},
		{"br, gzip; q=0.0", false},
		{"gzip;q=none", false},

		{"gzip", true},
		{"GZIP", true},
		{"deflate,gzip;q=0.5, br", true},
		{"gzip ; q=1", true},
	}
	for _, tt := range tests {
		if got := acceptsGzip(tt.header); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.header, got, tt.want)
		}
	}
}

func TestNewAssetNeedsContentType(t *testing.T) {
	if _, err := newAsset(nil, ".exe", false); err == nil {
		t.Error("an unknown extension was accepted")
	}
	if _, err := newAsset(nil, ".html", false); err != nil {
		t.Error(err)
	}
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
