package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"

	"gatehouse/mail/message"
)

// timeout is how long a server may take to answer anything.
const timeout = 30 * time.Second

// A Sender sends mails to a server, each over a connection of its own: so none waits for
// one that hangs, and after a failure nothing is left open.
type Sender struct {
	Server  *Server
	Roots   *x509.CertPool // that the server's certificate is from; nil: the system's
	Timeout time.Duration  // 0: 30 seconds
}

// A RefusedError is the answer of a server that won't take a mail.
type RefusedError struct {
	Code string // such as 550 5.1.1
}

// Error says that the server refused it.
func (e *RefusedError) Error() string { return "the server refused it: " + e.Code }

// Send sends a mail. It returns a [*RefusedError] if the server will never take it; after
// any other error it may be sent later. No error has an address or a part of the mail.
func (s *Sender) Send(ctx context.Context, m *message.Message) error {
	built, err := m.Build()
	if err != nil {
		return &RefusedError{"it can't be written"}
	}
	var open net.Conn
	client, err := s.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		open, err = s.dial(ctx, network, address)
		return open, err
	})
	if err != nil {
		return fmt.Errorf("SMTP_URL: %w", err)
	}
	connection, err := client.DialToSMTPClientWithContext(ctx)
	if open != nil { // the library leaves it open after an error
		defer func() { _ = open.Close() }()
		defer context.AfterFunc(ctx, func() { _ = open.Close() })()
	}
	if err != nil {
		return fmt.Errorf("the mail server can't be used: %w", err)
	}
	err = client.SendWithSMTPClient(connection, built)
	if built.IsDelivered() { // what fails afterwards must not send it twice
		_ = client.CloseWithSMTPClient(connection)
		return nil
	}
	return outcome(err)
}

// dial connects to the server, which has a port of its own for TLS.
func (s *Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.Server.Security == TLS {
		return (&tls.Dialer{Config: s.tls()}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (s *Sender) tls() *tls.Config {
	return &tls.Config{ServerName: s.Server.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

// client returns a client of the library.
func (s *Sender) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.Server.Port), gomail.WithTimeout(cmp.Or(s.Timeout, timeout)), gomail.WithDialContextFunc(dial),
		gomail.WithoutNoop(), gomail.WithoutRset(), gomail.WithTLSConfig(s.tls()),
	}
	auth := gomail.SMTPAuthAutoDiscover
	switch s.Server.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case Plain:
		options, auth = append(options, gomail.WithTLSPolicy(gomail.NoTLS)), gomail.SMTPAuthPlainNoEnc
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.Server.User != "" {
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(s.Server.User), gomail.WithPassword(s.Server.Password))
	}
	return gomail.NewClient(s.Server.Host, options...)
}

// outcome returns what the error of a mail means, without what the mail says. A server
// that refuses the sender is set up wrongly, which has nothing to do with the mail.
func outcome(err error) error {
	if err == nil {
		return nil
	}
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return errors.New("the mail server did not answer as it should")
	}
	code := fmt.Sprint(failed.ErrorCode())
	if enhanced := failed.EnhancedStatusCode(); enhanced != "" {
		code += " " + enhanced
	}
	permanent := failed.ErrorCode() >= 500 && failed.ErrorCode() < 600
	switch {
	case permanent && (failed.Reason == gomail.ErrSMTPRcptTo || failed.Reason == gomail.ErrSMTPData || failed.Reason == gomail.ErrSMTPDataClose):
		return &RefusedError{code}
	case failed.Reason == gomail.ErrSMTPMailFrom && permanent:
		return fmt.Errorf("the mail server refused the sender, MAIL_FROM: %s", code)
	case failed.ErrorCode() > 0:
		return fmt.Errorf("the mail server put it off: %s", code)
	}
	return errors.New("the mail server broke off")
}
