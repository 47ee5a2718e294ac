// Package smtptest is a mail server for tests, which answers as they say.
package smtptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// The user that the server knows.
const (
	User     = "gatehouse"
	Password = "p@ss word"
)

// An Answer is what the server answers to a mail: after MAIL, RCPT or DATA. nil accepts it.
type Answer struct {
	After string // MAIL, RCPT or DATA
	Code  int
	Hang  bool // instead, it accepts the mail and answers nothing until the test ends
}

// Options say how a server behaves.
type Options struct {
	TLS     bool     // it offers STARTTLS
	Auth    bool     // it asks who sends
	Answers []Answer // to the first mails; it accepts the others
	Silent  bool     // it keeps connections and says nothing
}

// A Server is a mail server on a loopback address.
type Server struct {
	Address string // host and port
	Roots   *x509.CertPool

	options Options
	done    chan struct{}
	mu      sync.Mutex
	asked   int // mails that were begun
	mails   []Mail
	arrived chan struct{} // receives for each mail
}

// Start starts a server, which ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: listener.Addr().String(), options: o, done: make(chan struct{}), arrived: make(chan struct{}, 1000)}
	if o.Silent {
		t.Cleanup(func() { close(s.done); _ = listener.Close() })
		go s.hold(listener)
		return s
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		session := &session{server: s}
		if o.Auth {
			return &authSession{session}, nil
		}
		return session, nil
	}))
	server.Domain, server.AllowInsecureAuth, server.ErrorLog, server.EnableSMTPUTF8 = "mail.test", true, log.New(io.Discard, "", 0), true
	if o.TLS {
		server.TLSConfig, s.Roots = certificate(t)
	}
	t.Cleanup(func() { close(s.done); _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return s
}

// hold keeps connections open.
func (s *Server) hold(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			<-s.done
			_ = c.Close()
		}()
	}
}

// Mails returns the mails that were accepted.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.mails...)
}

// Await waits until a mail is accepted that no call before has waited for.
func (s *Server) Await(t testing.TB) {
	t.Helper()
	select {
	case <-s.arrived:
	case <-time.After(30 * time.Second):
		t.Fatal("waited in vain for a mail")
	}
}

// answer returns the scripted answer to a mail after a command.
func (s *Server) answer(mail int, after string) (hang bool, err error) {
	if mail > len(s.options.Answers) {
		return false, nil
	}
	a := s.options.Answers[mail-1]
	if a.After != after {
		return false, nil
	}
	if a.Hang {
		return true, nil
	}
	return false, &smtp.SMTPError{Code: a.Code, EnhancedCode: smtp.EnhancedCode{a.Code / 100, 1, 1}, Message: "as the test says"}
}

// A session takes mails.
type session struct {
	server *Server
	mail   int // which it is
	from   string
	to     []string
}

// An authSession also asks who sends.
type authSession struct{ *session }

func (s *authSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.server.mu.Lock()
	s.server.asked++
	s.mail = s.server.asked
	s.server.mu.Unlock()
	s.from = from
	_, err := s.server.answer(s.mail, "MAIL")
	return err
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	_, err := s.server.answer(s.mail, "RCPT")
	return err
}

func (s *session) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	hang, err := s.server.answer(s.mail, "DATA")
	if err != nil {
		return err
	}
	m, err := parse(s.from, s.to, content)
	if err != nil {
		return errors.New("not a mail: " + err.Error())
	}
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, m)
	s.server.mu.Unlock()
	s.server.arrived <- struct{}{}
	if hang {
		<-s.server.done
	}
	return nil
}

// certificate makes a certificate for 127.0.0.1.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, roots
}
