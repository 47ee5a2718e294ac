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

// contentTypes are the kinds of file there are. The list of the machine (mime.TypeByExtension) differs between systems.
func contentTypes() map[string]string {
	return map[string]string{
		".css":  "text/css; charset=utf-8",
		".html": "text/html; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".mjs":  "text/javascript; charset=utf-8",
		".svg":  "image/svg+xml; charset=utf-8",
		".txt":  "text/plain; charset=utf-8",
	}
}

// asset is one file, ready to be sent.
type asset struct {
	content     []byte
	zipped      func() []byte // made at the first request that takes it
	contentType string
	cache       string
	tag         string // of the content, without quotes
}

// newAsset makes the asset of a file with the given extension; an unknown one is an error. A versioned file has its
// version in its name: browsers keep it for a year, and ask about any other each time.
func newAsset(content []byte, extension string, versioned bool) (*asset, error) {
	contentType, ok := contentTypes()[extension]
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
		zipped:      sync.OnceValue(func() []byte { return zip(content) }),
		contentType: contentType,
		cache:       cache,
		tag:         base64.RawURLEncoding.EncodeToString(sum[:12]),
	}, nil
}

// ServeHTTP sends the file, compressed for a client that says it takes gzip, or 304 if the client has it.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cache)
	h.Set("Vary", "Accept-Encoding")
	content, tag := a.content, a.tag
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		content, tag = a.zipped(), tag+"-gzip"
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func zip(content []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(content)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return out.Bytes()
}

// takesGzip reads an Accept-Encoding header (RFC 9110, 12.5.3): gzip is listed, and not with a weight of zero.
func takesGzip(header string) bool {
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
