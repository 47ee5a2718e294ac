package main

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"gatehouse/auth"
	"gatehouse/auth/token"
	"gatehouse/store/counts"
)

// accessLimit is how long an access token may be set to live: as long as the service remembers what happened since.
const accessLimit = 24 * time.Hour

// check finds every bad value and every bad combination. Of environ it looks at what others read from the environment by themselves.
func (s *settings) check(environ map[string]string) faults {
	var wrong faults
	s.checkAddresses(&wrong)
	s.checkSecrets(&wrong)
	s.checkLifetimes(&wrong)
	s.checkPasswords(&wrong)
	s.checkOrigins(&wrong)
	s.checkLimits(&wrong)
	oneOf(&wrong, "RATE_LIMITS", s.RateLimits, "on", "off")
	s.checkRedis(&wrong)
	s.checkDocuments(&wrong)
	s.checkTraces(environ, &wrong)
	oneOf(&wrong, "REFRESH_COOKIE", s.RefreshCookie, "header", "always", "never")
	oneOf(&wrong, "REGISTRATION", s.Registration, "open", "closed")
	oneOf(&wrong, "INTROSPECTION", s.Introspection, "full", "filtered", "off")
	oneOf(&wrong, "POLICY_MODE", s.PolicyMode, "partial", "reject", "dry-run")
	oneOf(&wrong, "POLICY_DETAILS", s.PolicyDetails, "authenticated", "all", "none")
	oneOf(&wrong, "PLAYGROUND", s.Playground, "on", "off")
	oneOf(&wrong, "LOG_FORMAT", s.LogFormat, "", "text", "json")
	oneOf(&wrong, "LOG_LEVEL", s.LogLevel, "debug", "info", "warn", "error")
	return wrong
}

// checkRedis opens nothing: Redis need not be there yet.
func (s *settings) checkRedis(wrong *faults) {
	counts, err := counts.Open(counts.Options{URL: s.RedisURL, Now: time.Now})
	if err != nil {
		wrong.add("REDIS_URL: %v", err)
		return
	}
	_ = counts.Close()
}

func oneOf(wrong *faults, name, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		wrong.add("%s must be one of: %s", name, strings.TrimPrefix(strings.Join(allowed, ", "), ", "))
	}
}

func (s *settings) checkAddresses(wrong *faults) {
	_, port, err := net.SplitHostPort(s.Addr)
	number, notNumber := strconv.ParseUint(port, 10, 16)
	if err != nil || notNumber != nil {
		wrong.add("ADDR must be an address and a port, such as 127.0.0.1:8080 or :8080")
	} else if number == 0 && s.PublicURL == "" {
		wrong.add("ADDR with port 0 takes any free port, so PUBLIC_URL must say where the service is reached")
	}
	if _, port, err := net.SplitHostPort(s.MetricsAddr); s.MetricsAddr != "" && (err != nil || port == "" || s.MetricsAddr == s.Addr) {
		wrong.add("METRICS_ADDR must be an address and a port of its own, such as 127.0.0.1:9090")
	}
	if _, ok := s.proxies(); !ok {
		wrong.add("TRUSTED_PROXIES must be addresses or networks, such as 10.0.0.0/8, separated by commas, and not everybody")
	}
	if s.PublicURL == "" {
		if !s.embedded() {
			wrong.add("PUBLIC_URL is required with DATABASE_URL: the address under which clients reach the service, such as https://id.example.com")
		}
		return
	}
	u, err := url.Parse(s.PublicURL)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		wrong.add("PUBLIC_URL must be an http or https URL, such as https://id.example.com")
	case strings.HasSuffix(s.PublicURL, "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		wrong.add("PUBLIC_URL must be without a trailing slash, query, fragment or user name")
	}
}

func (s *settings) checkSecrets(wrong *faults) {
	if s.SecretKey == "" && !s.embedded() {
		wrong.add("SECRET_KEY is required with DATABASE_URL: 32 random bytes or more in base64 or hex, such as openssl rand -base64 32 prints")
	}
	for name, value := range map[string]string{"SECRET_KEY": s.SecretKey, "SECRET_KEY_PREVIOUS": s.SecretKeyPrevious} {
		if value == "" {
			continue
		}
		if _, err := token.ParseSecret(value); err != nil {
			wrong.add("%s: %v", name, err)
		}
	}
	if s.SecretKeyPrevious != "" && s.SecretKeyPrevious == s.SecretKey {
		wrong.add("SECRET_KEY_PREVIOUS is the same as SECRET_KEY; leave it out unless the key is being changed")
	}
	if _, err := token.ParseAlgorithm(s.JWTAlg); err != nil {
		wrong.add("JWT_ALG must be one of: EdDSA, ES256, RS256, HS256")
	}
}

func (s *settings) checkLifetimes(wrong *faults) {
	if s.AccessTokenTTL < time.Second || s.AccessTokenTTL > accessLimit || s.AccessTokenTTL%time.Second != 0 {
		wrong.add("ACCESS_TOKEN_TTL must be from 1s to 24h, in whole seconds")
	}
	if s.KeyAnnounce < 0 || s.KeyAnnounce > accessLimit {
		wrong.add("JWT_KEY_ANNOUNCE must be from 0s to 24h")
	}
	if s.KeyMaxAge != 0 && s.KeyMaxAge < s.KeyAnnounce+s.AccessTokenTTL {
		wrong.add("JWT_KEY_MAX_AGE must be 0, for never, or as long as JWT_KEY_ANNOUNCE and ACCESS_TOKEN_TTL together at least")
	}
	if s.RefreshTokenTTL < s.AccessTokenTTL {
		wrong.add("REFRESH_TOKEN_TTL must not be shorter than ACCESS_TOKEN_TTL")
	}
	if s.SessionTTL < s.RefreshTokenTTL {
		wrong.add("SESSION_TTL must not be shorter than REFRESH_TOKEN_TTL")
	}
	if s.ReplayWindow < 0 || s.ReplayWindow > 5*time.Minute || s.ReplayWindow >= s.RefreshTokenTTL {
		wrong.add("REFRESH_REPLAY_WINDOW must be from 0s to 5m, and shorter than REFRESH_TOKEN_TTL")
	}
	if s.SessionsPerUser < 1 || s.SessionsPerUser > 10_000 {
		wrong.add("SESSIONS_PER_USER must be from 1 to 10000")
	}
}

func (s *settings) checkPasswords(wrong *faults) {
	oneOf(wrong, "PASSWORD_HASHER", s.PasswordHasher, "argon2id", "bcrypt")
	if s.PasswordMinLength < 8 || s.PasswordMinLength > 128 {
		wrong.add("PASSWORD_MIN_LENGTH must be from 8 to 128")
	}
	if s.PasswordHasher == "bcrypt" && s.PasswordMinLength > 72 {
		wrong.add("PASSWORD_MIN_LENGTH is more than the 72 bytes that PASSWORD_HASHER=bcrypt can take")
	}
	if (s.AdminEmail == "") != (s.AdminPassword == "") {
		wrong.add("ADMIN_EMAIL and ADMIN_PASSWORD go together: set both or neither")
		return
	}
	if s.AdminEmail == "" {
		return
	}
	if _, err := auth.ParseEmail("", s.AdminEmail); err != nil {
		wrong.add("ADMIN_EMAIL: %v", err)
	}
	if err := s.rules().Check(s.AdminPassword, s.AdminEmail, ""); err != nil {
		wrong.add("ADMIN_PASSWORD: %v", err)
	}
}

func (s *settings) checkOrigins(wrong *faults) {
	for _, text := range s.CORSOrigins {
		if text == "*" {
			if s.RefreshCookie != "never" {
				wrong.add("CORS_ORIGINS: * needs REFRESH_COOKIE=never, for any site could use the cookie")
			}
			continue
		}
		u, ok := origin(text)
		if !ok {
			wrong.add("CORS_ORIGINS: each must be an exact origin in lower case, such as https://app.example.com, without a path or slash")
			continue
		}
		if public, err := url.Parse(s.PublicURL); err == nil && s.PublicURL != "" && s.RefreshCookie != "never" && !sameSite(u, public) {
			wrong.add("CORS_ORIGINS: %s is another site than PUBLIC_URL, so browsers would not send it the cookie; "+
				"use one domain for both, or REFRESH_COOKIE=never", text)
		}
	}
}

// sameSite reports whether a browser takes two URLs for one site: the same scheme and registrable domain.
func sameSite(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && site(a.Hostname()) == site(b.Hostname())
}

func site(host string) string {
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host // localhost, an address, or a suffix itself
}
