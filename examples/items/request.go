package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// maxBody is the maximum size of a request body, in bytes.
const maxBody = 128 << 10

// strict passes on only requests that gqlgen's transport can read. The
// transport itself has no size limit, and repeats the body of a bad request in
// its answer.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != "application/json" || r.Header.Get("Upgrade") != "" {
			fail(w, http.StatusUnsupportedMediaType, "Send the operation as application/json.")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			fail(w, http.StatusRequestEntityTooLarge, "The body is too large.")
			return
		}
		var params graphql.RawParams
		if err != nil || json.Unmarshal(body, &params) != nil || params.Query == "" {
			fail(w, http.StatusBadRequest, "The body is not a GraphQL request.")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// fail answers a request that is not executed.
func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": gqlerror.List{coded(message, codeBadRequest)}})
}
