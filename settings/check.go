package settings

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"gatehouse/auth"
	"gatehouse/auth/password"
	"gatehouse/graph/transport"
	"gatehouse/store/counts"
)

// accessLimit is the longest life of an access token: as long as the service
// remembers what happened since.
const accessLimit = 24 * time.Hour

// A checker collects the faults of settings.
type checker struct {
	*Settings
	failed map[string]bool // by name, settings that could not be parsed
	faults faults
}

// add appends a fault that is not about one setting alone.
func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// add adds a fault of a setting: a sentence that begins with its name. A
// setting that could not be parsed has one fault only.
func (c *checker) add(name, format string, args ...any) {
	if !c.failed[name] {
		c.faults.add(name+" "+format, args...)
	}
}

// addError adds a fault of a setting that an error tells.
func (c *checker) addError(name string, err error) {
	if !c.failed[name] {
		c.faults.add("%s: %v", name, err)
	}
}

// check finds every value out of range and every bad combination.
func (c *checker) check() {
	c.checkAddresses()
	c.checkSecrets()
	c.checkLifetimes()
	c.checkPasswords()
	c.checkOrigins()
	c.checkLimits()
	c.checkRedis()
	c.checkDocuments()
}

// checkRedis opens no connection: Redis need not be up yet.
func (c *checker) checkRedis() {
	counts, err := counts.Open(counts.Options{URL: c.RedisURL})
	if err != nil {
		c.addError("REDIS_URL", err)
		return
	}
	_ = counts.Close()
}

func (c *checker) checkAddresses() {
	_, port, err := net.SplitHostPort(c.Addr)
	number, notNumber := strconv.ParseUint(port, 10, 16)
	if err != nil || notNumber != nil {
		c.add("ADDR", "must be an address and a port, such as 127.0.0.1:8080 or :8080")
	} else if number == 0 && c.PublicURL == nil {
		c.add("ADDR", "with port 0 takes any free port, so PUBLIC_URL must say where clients reach the service")
	}
	_, port, err = net.SplitHostPort(c.MetricsAddr)
	if c.MetricsAddr != "" && (err != nil || port == "" || c.MetricsAddr == c.Addr) {
		c.add("METRICS_ADDR", "must be an address and a port of its own, such as 127.0.0.1:9090")
	}
	if c.PublicURL == nil && !c.Embedded() {
		c.add("PUBLIC_URL", "is required with DATABASE_URL: "+
			"the URL under which clients reach the service, such as https://id.example.com")
	}
}

func (c *checker) checkSecrets() {
	if c.SecretKey == nil && !c.Embedded() {
		c.add("SECRET_KEY", "is required with DATABASE_URL: "+
			"32 random bytes or more in base64 or hex, such as openssl rand -base64 32 prints")
	}
	if c.failed["SECRET_KEY"] || c.failed["SECRET_KEY_PREVIOUS"] || c.SecretKey == nil || c.SecretKeyPrevious == nil {
		return
	}
	if c.SecretKey.Check() == c.SecretKeyPrevious.Check() {
		c.add("SECRET_KEY_PREVIOUS", "is the same as SECRET_KEY; leave it out unless the key is being changed")
	}
}

func (c *checker) checkLifetimes() {
	if c.AccessTokenTTL < time.Second || c.AccessTokenTTL > accessLimit || c.AccessTokenTTL%time.Second != 0 {
		c.add("ACCESS_TOKEN_TTL", "must be from 1s to 24h, in whole seconds")
	}
	if c.KeyAnnounce < 0 || c.KeyAnnounce > accessLimit {
		c.add("JWT_KEY_ANNOUNCE", "must be from 0s to 24h")
	}
	if c.KeyMaxAge != 0 && c.KeyMaxAge < c.KeyAnnounce+c.AccessTokenTTL {
		c.add("JWT_KEY_MAX_AGE", "must be 0, for never, or at least as long as "+
			"JWT_KEY_ANNOUNCE and ACCESS_TOKEN_TTL together")
	}
	if c.RefreshTokenTTL < c.AccessTokenTTL {
		c.add("REFRESH_TOKEN_TTL", "must not be shorter than ACCESS_TOKEN_TTL")
	}
	if c.SessionTTL < c.RefreshTokenTTL {
		c.add("SESSION_TTL", "must not be shorter than REFRESH_TOKEN_TTL")
	}
	if c.ReplayWindow < 0 || c.ReplayWindow > 5*time.Minute || c.ReplayWindow >= c.RefreshTokenTTL {
		c.add("REFRESH_REPLAY_WINDOW", "must be from 0s to 5m, and shorter than REFRESH_TOKEN_TTL")
	}
	if c.SessionsPerUser < 1 || c.SessionsPerUser > 10_000 {
		c.add("SESSIONS_PER_USER", "must be from 1 to 10000")
	}
}

func (c *checker) checkPasswords() {
	if c.PasswordMinLength < 8 || c.PasswordMinLength > 128 {
		c.add("PASSWORD_MIN_LENGTH", "must be from 8 to 128")
	}
	if c.PasswordHasher == password.Bcrypt && c.PasswordMinLength > 72 {
		c.add("PASSWORD_MIN_LENGTH", "is more than the 72 bytes that PASSWORD_HASHER=bcrypt can take")
	}
	if (c.AdminEmail == "") != (c.AdminPassword == "") {
		c.add("ADMIN_EMAIL", "and ADMIN_PASSWORD go together: set both or neither")
		return
	}
	if c.AdminEmail == "" {
		return
	}
	if _, err := auth.ParseEmail("", c.AdminEmail); err != nil {
		c.addError("ADMIN_EMAIL", err)
	}
	if err := c.PasswordRules().Check(c.AdminPassword, c.AdminEmail, ""); err != nil {
		c.addError("ADMIN_PASSWORD", err)
	}
}

func (c *checker) checkOrigins() {
	for _, text := range c.CORSOrigins {
		if text == "*" {
			if c.RefreshCookie != transport.CookieNever {
				c.addError("CORS_ORIGINS", errors.New("* needs REFRESH_COOKIE=never, because any site could use the cookie"))
			}
			continue
		}
		u, ok := origin(text)
		if !ok {
			c.addError("CORS_ORIGINS", errors.New("each must be an exact origin in lower case, "+
				"such as https://app.example.com, without a path or slash"))
			continue
		}
		known := c.PublicURL != nil && !c.failed["PUBLIC_URL"]
		if known && c.RefreshCookie != transport.CookieNever && !sameSite(u, c.PublicURL) {
			c.addError("CORS_ORIGINS", fmt.Errorf("%s is not on the site of PUBLIC_URL, so browsers would not send it "+
				"the cookie; use one domain for both, or REFRESH_COOKIE=never", text))
		}
	}
}

// origin parses an origin as a browser sends it: scheme, host and port, in
// lower case, and nothing else.
func origin(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, false
	}
	return u, text == u.Scheme+"://"+u.Host && text == strings.ToLower(text)
}

// sameSite reports whether a browser counts two URLs as the same site: they
// have the same scheme and registrable domain.
func sameSite(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && site(a.Hostname()) == site(b.Hostname())
}

func site(host string) string {
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host // localhost, an IP address, or a public suffix itself
}
