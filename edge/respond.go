package edge

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// Text answers with a line of plain text that must not be cached.
func Text(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// Document serves a public text, or 304 to a client that has it already. read
// returns its current content; an error of read is a panic. media is the
// Content-Type, caching the Cache-Control.
func Document(media, caching string, read func() ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := read()
		if err != nil {
			panic(err) // Harden logs and answers it
		}
		sum := sha256.Sum256(content)
		header := w.Header()
		header.Set("Content-Type", media)
		header.Set("Cache-Control", caching)
		header.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
		header.Set("Access-Control-Allow-Origin", "*") // public, and the same for every caller
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}
