package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"syscall"
	"time"

	"gatehouse/observe/logs"
	"gatehouse/settings"
)

// Serve runs the service until ctx ends. console is the terminal of the person
// who starts it, nil for none: it is told where the service is, and does not
// wait for SHUTDOWN_DELAY. lostPasskeys says that passkeys of another domain may be lost.
func Serve(ctx context.Context, s *settings.Settings, log *logs.Log, now func() time.Time, console io.Writer, lostPasskeys bool) error {
	listener, err := bind(s.Addr) // first: a second service on the same address changes nothing
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	delay := s.ShutdownDelay
	if console != nil {
		delay = 0
	}
	srv, err := open(ctx, s, log.Logger, now, process{logLost: log.Lost, delay: delay, lostPasskeys: lostPasskeys})
	if err != nil {
		return err
	}
	defer srv.Close()
	ballast := make([]byte, heapFloor)
	defer runtime.KeepAlive(ballast)
	if err := srv.announce(console); err != nil {
		return err
	}
	return srv.Run(ctx, listener)
}

// heapFloor is how many bytes count as live but are never touched, so the kernel
// gives no memory for them. About 3 MB are live otherwise, and the collector would
// run 30 times a second under load. A higher GOGC would do the same, but let the
// 19 MiB of each password hash pile up too.
const heapFloor = 8 << 20

// bind listens on ADDR.
func bind(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("ADDR: %s is taken by another program; stop it, or choose another address, "+
			"such as ADDR=127.0.0.1:8081", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("ADDR: this user may not listen on %s; choose a port from 1024 up", address)
	case err != nil:
		return nil, fmt.Errorf("ADDR: can't listen on %s: %w", address, err)
	}
	return listener, nil
}

// announce tells where the service is, and once the password that was generated.
func (srv *Server) announce(console io.Writer) error {
	s, log := srv.deployment.Settings, srv.deployment.Log
	if console != nil {
		fmt.Fprintf(console, "\nGatehouse is ready\nAPI      %s/graphql%s\n", s.LocalURL(), explorerLine(s))
	}
	log.Info("ready", slog.String("address", s.Addr), slog.String("public_url", s.Issuer()))
	switch {
	case srv.admin == nil:
		return nil
	case srv.admin.password == "":
		log.Info("created the first administrator", slog.String("user", srv.admin.user.ID))
		return nil
	case console != nil:
		fmt.Fprintf(console, "\nfirst administrator, shown this once:\n  email     %s\n  password  %s\n\n",
			srv.admin.user.Email, srv.admin.password)
		return nil
	}
	return srv.admin.keep(s, log)
}

func explorerLine(s *settings.Settings) string {
	if !s.Playground {
		return ""
	}
	return "\nexplore  " + s.LocalURL() + "/playground"
}
