package observe

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/VictoriaMetrics/metrics"

	"gatehouse/edge"
)

// Serve answers scrapes at an address of their own, METRICS_ADDR, until ctx
// ends.
func (m *Metrics) Serve(ctx context.Context, address string, log *slog.Logger) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("METRICS_ADDR: can't listen on %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", m.scrape)
	server := edge.NewServer(mux, log)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics", slog.String("error", err.Error()))
		}
	}()
	log.Info("metrics", slog.String("address", listener.Addr().String()))
	return nil
}

// scrape answers with all metrics, and those of Go and of the process, in
// Prometheus's text format.
func (m *Metrics) scrape(w http.ResponseWriter, r *http.Request) {
	var text bytes.Buffer
	for _, f := range m.families {
		f.write(&text)
	}
	metrics.WriteProcessMetrics(&text)
	metrics.WriteFDMetrics(&text)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = text.WriteTo(w)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	compressed := gzip.NewWriter(w)
	_, _ = text.WriteTo(compressed)
	_ = compressed.Close()
}
