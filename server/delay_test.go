package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestShutdownDelay: a replica that is told to stop is not ready at once, asks
// clients to close their connections, and takes requests until the delay is over.
func TestShutdownDelay(t *testing.T) {
	const delay = 500 * time.Millisecond
	r, _ := start(t, "SHUTDOWN_DELAY="+delay.String())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	ask := func(path string) (*http.Response, string, error) {
		response, err := client.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			return nil, "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return response, string(body), err
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, listener) }()
	if response, body, err := ask("/readyz"); err != nil || response.Close || body != "ready\n" {
		t.Fatalf("before: %v, %v", response, err)
	}
	stopped := time.Now()
	stop()
	for {
		response, body, err := ask("/readyz")
		if err != nil {
			t.Fatalf("the listener was closed before /readyz said so: %v", err)
		}
		if body == "draining\n" {
			if response.StatusCode != http.StatusServiceUnavailable || !response.Close {
				t.Errorf("%d, close: %t", response.StatusCode, response.Close)
			}
			break
		}
	}
	if response, _, err := ask("/.well-known/jwks.json"); err != nil || response.StatusCode != http.StatusOK || !response.Close {
		t.Errorf("within the delay: %v, %v", response, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(stopped); took < delay {
		t.Errorf("it stopped after %v", took)
	}
	if _, _, err := ask("/readyz"); err == nil {
		t.Error("it still listens")
	}
}
