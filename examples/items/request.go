package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
)

// maxBody is the largest request body, in bytes.
const maxBody = 128 << 10

// readable hands on only what the transport can read: that has no limit of its own, and answers what it can't read with
// all of it.
func readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" || r.Header.Get("Upgrade") != "" {
			fail(w, http.StatusUnsupportedMediaType, coded("Send the operation as application/json.", codeBadRequest))
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			fail(w, http.StatusRequestEntityTooLarge, coded("The body is too large.", codeBadRequest))
			return
		}
		var params graphql.RawParams
		if err != nil || json.Unmarshal(body, &params) != nil || params.Query == "" {
			fail(w, http.StatusBadRequest, coded("The body is not a GraphQL request.", codeBadRequest))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}
