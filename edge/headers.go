package edge

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
)

// headerCount is how many headers a request may have. Browsers and proxies
// together send fewer than fifty.
const headerCount = 100

// methods are the methods that any path takes.
const methods = "GET, HEAD, OPTIONS, POST"

// RequestID is the header by which an answer and its lines in the log are found
// for each other.
const RequestID = "X-Request-Id"

// Harden puts the fixed headers on every answer of next, answers its panics, and
// refuses requests that no client of ours sends. secure says that clients reach
// the service over https.
func Harden(next http.Handler, secure bool, log *slog.Logger) http.Handler {
	fixed := fixedHeaders(secure)
	hardened := recovered(plausible(next), fixed, log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), fixed)
		hardened.ServeHTTP(w, r)
	})
}

// fixedHeaders keep a browser from making more of an answer than it is. The
// explorer replaces some of them.
func fixedHeaders(secure bool) http.Header {
	fixed := http.Header{
		"Content-Security-Policy":      {"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"no-referrer"},
		"Cross-Origin-Resource-Policy": {"same-site"},
	}
	if secure {
		fixed["Strict-Transport-Security"] = []string{"max-age=31536000; includeSubDomains"}
	}
	return fixed
}

// plausible refuses requests that no client of ours sends: methods that would
// make a server repeat what it was sent or connect elsewhere, and more or larger
// headers than any client needs. Those beyond what net/http reads never get
// here; it answers them by itself, with 431.
func plausible(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.RequestURI == "*": // OPTIONS *, which asks about no path
			w.Header().Set("Allow", methods)
			w.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodTrace || r.Method == http.MethodConnect:
			w.Header().Set("Allow", methods)
			Text(w, http.StatusMethodNotAllowed, "method not allowed")
		default:
			if wrong := oversized(r); wrong != "" {
				w.Header().Set("Connection", "close")
				Text(w, http.StatusRequestHeaderFieldsTooLarge, wrong)
				return
			}
			next.ServeHTTP(w, r)
		}
	})
}

// oversized says which limit the headers of a request exceed, "" if none. A
// name may come several times.
func oversized(r *http.Request) string {
	const colon, line = len(": "), len("\r\n")
	count := 0
	size := len(r.Method) + len(" ") + len(r.RequestURI) + len(" ") + len(r.Proto) + line + line // the last is empty
	size += len("Host") + colon + len(r.Host) + line                                             // which net/http takes out
	for name, values := range r.Header {
		count += len(values)
		for _, value := range values {
			size += len(name) + colon + len(value) + line
		}
	}
	switch {
	case count > headerCount:
		return "too many headers: send at most 100"
	case size > headerLimit:
		return "headers too large: send at most 16 KiB with the request line"
	}
	return ""
}

// recovered answers a panic with 500, and logs it with its stack. It drops the
// headers of the answer that was begun: a cookie may be among them, or leave to
// cache the answer.
func recovered(next http.Handler, fixed http.Header, log *slog.Logger) http.Handler {
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
			id := header.Get(RequestID)
			log.ErrorContext(r.Context(), "panic", slog.String("request_id", id),
				slog.Any("panic", fault), slog.String("stack", string(debug.Stack())))
			clear(header)
			maps.Copy(header, fixed)
			header.Set(RequestID, id)
			Text(w, http.StatusInternalServerError, "internal error "+id)
		}()
		next.ServeHTTP(w, r)
	})
}
