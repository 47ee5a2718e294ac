// Package edge keeps the door: it bounds and hardens what reaches the service
// over HTTP. It knows net/http only.
package edge

import (
	"log/slog"
	"net/http"
	"time"
)

// How long a client may take, so that none can hold a connection for nothing.
// The time for the answer starts with the headers: it must do for the rest of
// the request, for the operation and for sending.
const (
	HeaderTimeout = 5 * time.Second
	ReadTimeout   = 15 * time.Second
	WriteTimeout  = 45 * time.Second
	IdleTimeout   = 2 * time.Minute
)

// headerLimit is the largest size of a request's head, in bytes: its first line
// and its headers, with their line breaks. net/http reads up to 4 KiB more
// before it refuses a request by itself.
const headerLimit = 16 << 10

// NewServer returns a server with the timeouts above. Faults of clients are
// logged at level debug.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      handler,
		ReadHeaderTimeout:            HeaderTimeout,
		ReadTimeout:                  ReadTimeout,
		WriteTimeout:                 WriteTimeout,
		IdleTimeout:                  IdleTimeout,
		MaxHeaderBytes:               headerLimit,
		DisableGeneralOptionsHandler: true, // its answer to OPTIONS * would lack our headers
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
