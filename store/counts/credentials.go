package counts

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/gomodule/redigo/redis"
)

// The parameters of a URL. Those of TLS have the names that redis-py gives them.
const (
	paramCA               = "ssl_ca_certs"  // a file with the authorities that sign Redis's certificate
	paramVerify           = "ssl_cert_reqs" // required, or none
	paramCertificate      = "ssl_certfile"  // of this client
	paramKey              = "ssl_keyfile"
	paramSentinelUser     = "sentinel_username"
	paramSentinelPassword = "sentinel_password"
)

// secure sets who we are for Redis and for its sentinels, and how we know them.
func (t *target) secure(s scheme, u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errURL
	}
	for name, values := range query {
		switch name {
		case paramCA, paramVerify, paramCertificate, paramKey:
			if !s.tls {
				return fmt.Errorf("%s needs TLS: begin with rediss:// or rediss+sentinel://", name)
			}
		case paramSentinelUser, paramSentinelPassword:
			if !s.sentinels {
				return fmt.Errorf("%s needs sentinels: begin with redis+sentinel:// or rediss+sentinel://", name)
			}
		default:
			return fmt.Errorf("unknown parameter; known are %s, %s, %s, %s, %s and %s",
				paramCA, paramVerify, paramCertificate, paramKey, paramSentinelUser, paramSentinelPassword)
		}
		if len(values) != 1 {
			return fmt.Errorf("%s is set twice", name)
		}
	}
	if user := u.User; user != nil {
		password, has := user.Password()
		t.options = with(t.options, as(user.Username(), password, has)...)
	}
	t.asking = with(t.asking, as(query.Get(paramSentinelUser), query.Get(paramSentinelPassword), query.Has(paramSentinelPassword))...)
	if !s.tls {
		return nil
	}
	config, err := clientTLS(query)
	if err != nil {
		return err
	}
	encrypted := []redis.DialOption{redis.DialUseTLS(true), redis.DialTLSConfig(config)}
	t.options, t.asking = with(t.options, encrypted...), with(t.asking, encrypted...)
	return nil
}

// as returns the options to log in. A name without a password is the password, as
// redis-cli has it.
func as(name, password string, has bool) []redis.DialOption {
	switch {
	case !has && name == "":
		return nil
	case !has:
		return []redis.DialOption{redis.DialPassword(name)}
	case name == "":
		return []redis.DialOption{redis.DialPassword(password)}
	}
	return []redis.DialOption{redis.DialUsername(name), redis.DialPassword(password)}
}

// clientTLS returns how Redis's certificate is checked, and ours.
func clientTLS(query url.Values) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	switch query.Get(paramVerify) {
	case "", "required":
	case "none":
		config.InsecureSkipVerify = true // the operator says so: some providers sign certificates themselves
	default:
		return nil, fmt.Errorf("%s must be required or none", paramVerify)
	}
	if path := query.Get(paramCA); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", paramCA, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: the file has no certificate in PEM", paramCA)
		}
	}
	certificate, key := query.Get(paramCertificate), query.Get(paramKey)
	switch {
	case certificate == "" && key == "":
		return config, nil
	case certificate == "" || key == "":
		return nil, errors.New(paramCertificate + " and " + paramKey + " go together: set both or neither")
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", paramCertificate, paramKey, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}
