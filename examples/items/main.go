// Command items is an example of a service behind Gatehouse: it accepts
// Gatehouse's access tokens, and its schema is its access policy. handler.go
// shows what that takes in a gqlgen server.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gatehouse/auth/token"
)

// jwksPath is where Gatehouse publishes its keys, below the issuer's URL.
const jwksPath = "/.well-known/jwks.json"

// settings are read from the environment, once.
type settings struct {
	issuer   string // of the tokens that are accepted
	audience string // that they must name
	addr     string // to listen on
}

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, readSettings(os.Getenv), log)
	stop()
	if err != nil {
		log.Error("stopped", slog.String("error", err.Error()))
		os.Exit(1)
	}
}

func readSettings(env func(string) string) settings {
	or := func(name, otherwise string) string {
		if value := env(name); value != "" {
			return value
		}
		return otherwise
	}
	issuer := or("ISSUER", "http://localhost:8080")
	return settings{issuer: issuer, audience: or("AUDIENCE", issuer), addr: or("ADDR", "127.0.0.1:8081")}
}

// run serves until the context ends, then lets running requests finish.
func run(ctx context.Context, s settings, log *slog.Logger) error {
	keys, err := token.NewRemote(s.issuer+jwksPath, time.Now)
	if err != nil {
		return fmt.Errorf("ISSUER: %w", err)
	}
	if err := keys.Refresh(ctx); err != nil {
		log.Warn("the issuer's keys are not available yet: requests with a token are answered 503",
			slog.String("error", err.Error()))
	}
	verifier := &token.Verifier{Issuer: s.issuer, Audience: s.audience, Key: keys.Key, Now: time.Now}
	handler, err := newHandler(NewExecutableSchema(Config{Resolvers: &Resolver{newShelf()}}), verifier, log)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	log.Info("listening", slog.String("url", "http://"+listener.Addr().String()+"/graphql"),
		slog.String("issuer", s.issuer))
	return serve(ctx, listener, handler)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 20 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(leave), notClosed(<-failed))
}

// notClosed returns err unless it says that the server was shut down.
func notClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
