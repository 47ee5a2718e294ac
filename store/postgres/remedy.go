package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// NotYet reports whether a server may be reached later: it is not there, is
// starting, is a standby that may be promoted, or has no room for one more
// connection.
func NotYet(err error) bool {
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || noPrimary(err) || hungUp(err) || full(err) {
		return true
	}
	return pq.As(err, pqerror.CannotConnectNow, pqerror.AdminShutdown, pqerror.CrashShutdown) != nil
}

// withRemedy says what to do about a connection that failed.
func withRemedy(err error) error {
	if remedy := remedy(err); remedy != "" {
		return fmt.Errorf("%w; %s", err, remedy)
	}
	return err
}

func remedy(err error) string {
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, pq.ErrSSLNotSupported):
		return "the server has no TLS: turn it on there, or, in a private network, add sslmode=disable to the DSN"
	case errors.As(err, &authority):
		return "its certificate is not from an authority that this machine trusts: " +
			"add sslrootcert=/path/to/ca.pem to the DSN, a file that the provider offers"
	case errors.As(err, &hostname):
		return "its certificate is for other names: use one of those as the host, or sslmode=verify-ca with sslrootcert"
	case errors.As(err, &invalid):
		return "its certificate can't be used: check its dates, and the clock of this machine"
	case errors.As(err, &record):
		return "the server does not speak TLS at this port: check the port and sslmode"
	case full(err):
		return "it has no room for one more connection: set DATABASE_POOL_SIZE lower on each replica, or raise max_connections"
	}
	answer := new(pq.Error)
	if !errors.As(err, &answer) {
		return ""
	}
	switch answer.Code {
	case pqerror.InvalidPassword:
		return "check the user name and the password in the DSN, whose special characters must be percent-encoded"
	case pqerror.InvalidCatalogName:
		return "create it with CREATE DATABASE, or correct the DSN"
	case pqerror.InvalidAuthorizationSpecification:
		if strings.Contains(answer.Message, "no encryption") || strings.Contains(answer.Message, "SSL off") {
			return "the server wants TLS: add sslmode=require to the DSN, or sslmode=verify-full"
		}
		return "the server lets this user in from other machines or not at all: check pg_hba.conf and the user name"
	case pqerror.UndefinedObject, pqerror.InvalidParameterValue, pqerror.ProtocolViolation, pqerror.FeatureNotSupported:
		return "remove from the DSN what the server does not know; a pooler may allow no parameters at all"
	}
	return ""
}
