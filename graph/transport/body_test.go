package transport

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/edge/origin"
)

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCompressedBodies: a body may be compressed by gzip, and its limit holds
// for both sizes.
func TestCompressedBodies(t *testing.T) {
	const limit = 2000
	const good = `{"query":"{ me { id } }"}`
	padded := func(n int) string { return good + strings.Repeat(" ", n-len(good)) }
	whole := zipped(t, good)
	damaged := []byte(whole)
	damaged[len(damaged)-6] ^= 1
	for _, tt := range []struct {
		name, coding, body string
		status             int // 0: it is a request
	}{
		{"not compressed", "", good, 0},
		{"identity", "identity", good, 0},
		{"gzip", "gzip", whole, 0},
		{"gzip in capitals", "GZIP", whole, 0},
		{"its other name", "x-gzip", whole, 0},
		{"in two parts", "gzip", zipped(t, good[:9]) + zipped(t, good[9:]), 0},
		{"as large as may be", "gzip", zipped(t, padded(limit)), 0},
		{"larger by a byte", "gzip", zipped(t, padded(limit+1)), 413},
		{"a bomb", "gzip", zipped(t, padded(100<<20/64)), 413},
		{"large as it was sent", "gzip", zipped(t, "") + strings.Repeat(zipped(t, ""), limit/20), 413},
		{"not gzip", "gzip", good, 400},
		{"empty", "gzip", "", 400},
		{"cut off", "gzip", whole[:len(whole)-9], 400},
		{"cut off in its header", "gzip", whole[:5], 400},
		{"damaged", "gzip", string(damaged), 400},
		{"something behind it", "gzip", whole + "x", 400},
		{"gzip of something else", "gzip", zipped(t, "hunter2"), 400},
		{"gzip without saying so", "", whole, 400},
		{"deflate", "deflate", whole, 415},
		{"br", "br", whole, 415},
		{"zstd", "zstd", whole, 415},
		{"twice", "gzip, gzip", zipped(t, whole), 415},
		{"aws-chunked", "aws-chunked", good, 415},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", MediaJSON)
			if tt.coding != "" {
				r.Header.Set("Content-Encoding", tt.coding)
			}
			req, f := (&Decoder{Origins: origin.List{}, BodyLimit: limit}).Decode(httptest.NewRecorder(), r, MediaJSON)
			switch {
			case tt.status == 0 && (f != nil || req.Query != "{ me { id } }"):
				t.Errorf("refused: %v", f)
			case tt.status != 0 && (f == nil || f.Status != tt.status || strings.Contains(f.Error(), "hunter2")):
				t.Errorf("%+v, want %d", f, tt.status)
			case tt.status == http.StatusUnsupportedMediaType && (f.Header["Accept-Encoding"] != "gzip" || !strings.Contains(f.Error(), "Content-Encoding: gzip")):
				t.Errorf("%v %v does not say what is accepted", f, f.Header)
			}
		})
	}
}
