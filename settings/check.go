package settings

import (
	"fmt"
	"slices"
	"time"

	"gatehouse/auth/email"
	"gatehouse/auth/password"
	"gatehouse/auth/password/breached"
	"gatehouse/store/counts"
)

// accessLimit is the longest life of an access token: as long as the service
// remembers what happened since.
const accessLimit = 24 * time.Hour

// A checker collects the faults of settings.
type checker struct {
	s      *Settings
	failed map[string]bool // by name, settings that have a fault
	faults faults
	unread bool // a part of .env can't be read, and may have any setting
}

// add appends a fault that is not about one setting alone.
func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// add adds a fault of a setting: a sentence that begins with its name. A setting
// has one fault only.
func (c *checker) add(name, format string, args ...any) {
	if !c.failed[name] {
		c.faults.add(name+" "+format, args...)
		c.failed[name] = true
	}
}

// addMissing adds the fault that a setting is not set. If a part of .env can't be
// read, the setting may be in there.
func (c *checker) addMissing(name, fault string) {
	if !c.unread {
		c.add(name, "%s", fault)
	}
}

// compare adds a fault of a setting that doesn't fit others. If one of those has
// a fault, nothing is known about the rest.
func (c *checker) compare(fits bool, name string, others []string, fault string) {
	failed := func(other string) bool { return c.failed[other] }
	if !fits && !slices.ContainsFunc(others, failed) {
		c.add(name, "%s", fault)
	}
}

// warn adds a warning, which starts with what it is about.
func (c *checker) warn(format string, args ...any) {
	c.s.warnings = append(c.s.warnings, fmt.Sprintf(format, args...))
}

// addError adds a fault of a setting that an error tells.
func (c *checker) addError(name string, err error) {
	if !c.failed[name] {
		c.faults.add("%s: %v", name, err)
	}
}

// check finds every value out of range and every bad combination.
func (c *checker) check(environment map[string]string) {
	c.checkAddresses()
	c.checkDatabase(environment)
	c.checkSecrets()
	c.checkLifetimes()
	c.checkPasswords()
	c.checkOrigins()
	c.checkLimits()
	c.checkRedis()
	c.checkDocuments()
	c.checkKeys()
	c.checkMail()
	c.checkPasskeys()
	c.checkOAuth()
}

// checkRedis opens no connection: Redis need not be up yet.
func (c *checker) checkRedis() {
	counts, err := counts.Open(counts.Options{URL: c.s.RedisURL})
	if err != nil {
		c.addError("REDIS_URL", err)
		return
	}
	_ = counts.Close()
}

func (c *checker) checkSecrets() {
	if c.s.SecretKey == nil && !c.s.Embedded() {
		c.addMissing("SECRET_KEY", "is required with DATABASE_URL: "+
			"32 random bytes or more in base64 or hex, such as openssl rand -base64 32 prints")
	}
	if c.failed["SECRET_KEY"] || c.failed["SECRET_KEY_PREVIOUS"] || c.s.SecretKey == nil || c.s.SecretKeyPrevious == nil {
		return
	}
	if c.s.SecretKey.Check() == c.s.SecretKeyPrevious.Check() {
		c.add("SECRET_KEY_PREVIOUS", "is the same as SECRET_KEY; leave it out unless the key is being changed")
	}
}

func (c *checker) checkLifetimes() {
	if c.s.AccessTokenTTL < time.Second || c.s.AccessTokenTTL > accessLimit || c.s.AccessTokenTTL%time.Second != 0 {
		c.add("ACCESS_TOKEN_TTL", "must be from 1s to 24h, in whole seconds")
	}
	if c.s.KeyAnnounce < 0 || c.s.KeyAnnounce > accessLimit {
		c.add("JWT_KEY_ANNOUNCE", "must be from 0s to 24h")
	}
	c.compare(c.s.KeyMaxAge == 0 || c.s.KeyMaxAge >= c.s.KeyAnnounce+c.s.AccessTokenTTL,
		"JWT_KEY_MAX_AGE", []string{"JWT_KEY_ANNOUNCE", "ACCESS_TOKEN_TTL"},
		"must be 0, for never, or at least as long as JWT_KEY_ANNOUNCE and ACCESS_TOKEN_TTL together")
	c.compare(c.s.RefreshTokenTTL >= c.s.AccessTokenTTL, "REFRESH_TOKEN_TTL", []string{"ACCESS_TOKEN_TTL"},
		"must not be shorter than ACCESS_TOKEN_TTL")
	c.compare(c.s.SessionTTL >= c.s.RefreshTokenTTL, "SESSION_TTL", []string{"REFRESH_TOKEN_TTL"},
		"must not be shorter than REFRESH_TOKEN_TTL")
	if c.s.ReplayWindow < 0 || c.s.ReplayWindow > 5*time.Minute {
		c.add("REFRESH_REPLAY_WINDOW", "must be from 0s to 5m, and shorter than REFRESH_TOKEN_TTL")
	}
	c.compare(c.s.ReplayWindow < c.s.RefreshTokenTTL, "REFRESH_REPLAY_WINDOW", []string{"REFRESH_TOKEN_TTL"},
		"must be from 0s to 5m, and shorter than REFRESH_TOKEN_TTL")
	if c.s.SessionsPerUser < 1 || c.s.SessionsPerUser > 10_000 {
		c.add("SESSIONS_PER_USER", "must be from 1 to 10000")
	}
}

func (c *checker) checkPasswords() {
	if c.s.PasswordMinLength < 8 || c.s.PasswordMinLength > 128 {
		c.add("PASSWORD_MIN_LENGTH", "must be from 8 to 128")
	}
	c.compare(c.s.PasswordHasher != password.Bcrypt || c.s.PasswordMinLength <= 72,
		"PASSWORD_MIN_LENGTH", []string{"PASSWORD_HASHER"}, "is more than the 72 bytes that PASSWORD_HASHER=bcrypt can take")
	if c.s.BreachedPasswords != "" {
		if list, err := breached.Open(c.s.BreachedPasswords, nil); err != nil {
			c.addError("BREACHED_PASSWORDS", err)
		} else {
			_ = list.Close()
		}
	}
	if c.failed["ADMIN_EMAIL"] || c.failed["ADMIN_PASSWORD"] {
		return
	}
	if (c.s.AdminEmail == "") != (c.s.AdminPassword == "") {
		c.addMissing("ADMIN_EMAIL", "and ADMIN_PASSWORD go together: set both or neither")
		return
	}
	if c.s.AdminEmail == "" {
		return
	}
	if _, err := email.Parse(c.s.AdminEmail); err != nil {
		c.addError("ADMIN_EMAIL", err)
	}
	rules := !c.failed["PASSWORD_MIN_LENGTH"] && !c.failed["PASSWORD_HASHER"]
	if err := c.s.PasswordRules().Check(c.s.AdminPassword, c.s.AdminEmail, ""); err != nil && rules {
		c.addError("ADMIN_PASSWORD", err)
	}
}
