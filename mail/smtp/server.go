// Package smtp hands mails to a mail server (RFC 5321).
package smtp

import (
	"errors"
	"net"
	"net/url"
	"strconv"
)

// A Security is how the connection to a server is encrypted.
type Security string

// The ways to encrypt a connection.
const (
	StartTLS Security = "starttls" // after the connection is made; without it, nothing is sent
	TLS      Security = "tls"      // from the first byte
	Plain    Security = "none"     // not at all: for a server on the same machine
)

// A Server is a mail server, as SMTP_URL says it.
type Server struct {
	Host     string
	Port     int
	Security Security
	User     string // "" to present nothing
	Password string
}

// String returns the server without its password.
func (s *Server) String() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// The forms of a URL, for those who wrote another one.
var (
	errForm = errors.New("write a URL such as smtp://user:password@mail.example.com:587 or smtps://mail.example.com; " +
		"special characters of the password are written as %40")
	errPlain = errors.New("tls=none would show mails and the password to everyone on the way; " +
		"leave it out, or use a server on this machine")
	errSecurity = errors.New("write tls=starttls, tls=none, or smtps instead of smtp")
)

// Parse reads a URL: smtp://user:password@host:587?tls=starttls, or smtps://. No error
// repeats it, because it may have a password.
func Parse(text string) (*Server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Opaque != "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return nil, errForm
	}
	s := &Server{Host: u.Hostname(), Security: StartTLS, Port: 587, User: u.User.Username()}
	s.Password, _ = u.User.Password()
	query := u.Query()
	asked := Security(query.Get("tls"))
	query.Del("tls")
	switch {
	case len(query) > 0:
		return nil, errForm
	case u.Scheme == "smtps" && (asked == "" || asked == TLS):
		s.Security, s.Port = TLS, 465
	case u.Scheme == "smtps", u.Scheme == "smtp" && asked != "" && asked != StartTLS && asked != Plain:
		return nil, errSecurity
	case u.Scheme != "smtp":
		return nil, errForm
	case asked == Plain:
		s.Security, s.Port = Plain, 25
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil || s.Port < 1 || s.Port > 65535 {
			return nil, errForm
		}
	}
	if s.Security == Plain && !loopback(s.Host) {
		return nil, errPlain
	}
	if (s.User == "") != (s.Password == "") {
		return nil, errForm
	}
	return s, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
