package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// askTimeout is how long a service may take to say whether it is ready. It answers
// within readyTimeout, however slow its database is.
const askTimeout = readyTimeout + 2*time.Second

// AskReady asks the service of this machine that listens on address, as ADDR has
// it, whether it is ready. The error says why it is not.
func AskReady(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(address)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("ADDR: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: it is this machine
	answer, err := client.Do(r)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the service at %s does not answer", address)
	case err != nil:
		return fmt.Errorf("no service answers at ADDR=%s: start it, or set ADDR as the service has it", address)
	}
	defer func() { _ = answer.Body.Close() }()
	reason, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	switch text := strings.TrimSpace(string(reason)); {
	case answer.StatusCode == http.StatusOK && text == readyText:
		return nil
	case answer.StatusCode == http.StatusServiceUnavailable && err == nil && text != "":
		return errors.New(text)
	default:
		return fmt.Errorf("another program answers at ADDR=%s: set ADDR as the service has it", address)
	}
}

// reachable returns the address by which this machine reaches a service that listens
// on address, which may be all addresses.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}
