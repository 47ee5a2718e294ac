package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// contentTypes maps file extensions to media types. mime.TypeByExtension differs between systems.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".json": "application/json",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml; charset=utf-8",
	".txt":  "text/plain; charset=utf-8",
}

// An asset is one file, ready to send.
type asset struct {
	content     []byte
	gzipped     func() []byte // compressed when first requested
	contentType string
	cache       string
	tag         string // the entity tag of the content, without quotes
}

// newAsset returns the asset for a file with the given extension, or an error if its media type is
// unknown. A versioned file has its version in its name, so browsers cache it for a year; they
// revalidate all others.
func newAsset(content []byte, extension string, versioned bool) (*asset, error) {
	contentType, ok := contentTypes[extension]
	if !ok {
		return nil, fmt.Errorf("no content type for %q", extension)
	}
	cache := "no-cache"
	if versioned {
		cache = "public, max-age=31536000, immutable"
	}
	sum := sha256.Sum256(content)
	return &asset{
		content:     content,
		gzipped:     sync.OnceValue(func() []byte { return compress(content) }),
		contentType: contentType,
		cache:       cache,
		tag:         base64.RawURLEncoding.EncodeToString(sum[:12]),
	}, nil
}

// ServeHTTP sends the file, compressed if the client accepts gzip, or 304 if the client has it.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cache)
	h.Set("Vary", "Accept-Encoding")
	content, tag := a.content, a.tag
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		content, tag = a.gzipped(), tag+"-gzip"
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func compress(content []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(content)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // writing to a bytes.Buffer can't fail
	}
	return out.Bytes()
}

// acceptsGzip reports whether an Accept-Encoding header (RFC 9110, 12.5.3) lists gzip with a weight
// other than zero.
func acceptsGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, parameter, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.TrimSpace(parameter), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !weighted || err == nil && q > 0
	}
	return false
}
