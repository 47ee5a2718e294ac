package main

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
)

// headerCount is how many headers a request may have. Browsers and proxies together send fewer than fifty.
const headerCount = 100

// methods are all that anything here takes.
const methods = "GET, HEAD, OPTIONS, POST"

// plausible refuses requests that no client of ours sends: methods that would have a server repeat what it was sent or connect elsewhere,
// and more headers than anybody needs. Those that are too large in all never get here; net/http answers them by itself, with 431.
func plausible(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.RequestURI == "*": // OPTIONS *, which asks about no path
			w.Header().Set("Allow", methods)
			w.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodTrace || r.Method == http.MethodConnect:
			w.Header().Set("Allow", methods)
			plain(w, http.StatusMethodNotAllowed, "method not allowed")
		case headers(r) > headerCount:
			w.Header().Set("Connection", "close")
			plain(w, http.StatusRequestHeaderFieldsTooLarge, "too many headers")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// headers counts those of a request. A name may come several times.
func headers(r *http.Request) (n int) {
	for _, values := range r.Header {
		n += len(values)
	}
	return n
}

// fixedHeaders keep a browser from making more of an answer than it is.
func (s *settings) fixedHeaders() http.Header {
	fixed := http.Header{
		"Content-Security-Policy":      {"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"no-referrer"},
		"Cross-Origin-Resource-Policy": {"same-site"},
	}
	if s.secure() {
		fixed["Strict-Transport-Security"] = []string{"max-age=31536000; includeSubDomains"}
	}
	return fixed
}

// secure puts the fixed headers on every answer. The explorer has its own.
func (d *deployment) secure(next http.Handler) http.Handler {
	fixed := d.settings.fixedHeaders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), fixed)
		next.ServeHTTP(w, r)
	})
}

// recover answers a panic, and logs it with its stack. Nothing is left of the answer that was begun, which may have had a cookie or have been
// there to be kept.
func (d *deployment) recover(next http.Handler) http.Handler {
	fixed := d.settings.fixedHeaders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(fault)
			}
			header := w.Header()
			id := header.Get("X-Request-Id")
			d.log.ErrorContext(r.Context(), "panic", slog.String("request_id", id), slog.Any("panic", fault), slog.String("stack", string(debug.Stack())))
			clear(header)
			maps.Copy(header, fixed)
			header.Set("X-Request-Id", id)
			plain(w, http.StatusInternalServerError, "internal error "+id)
		}()
		next.ServeHTTP(w, r)
	})
}
