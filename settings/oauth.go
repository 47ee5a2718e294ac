package settings

import (
	"net/netip"
	"strings"
	"time"

	"gatehouse/auth"
)

// oauthSettings are the settings of OAuth and OpenID Connect.
type oauthSettings struct {
	On            bool          `env:"OAUTH"`
	PasswordGrant bool          `env:"OAUTH_PASSWORD_GRANT"`
	Replay        time.Duration `env:"OAUTH_REFRESH_REPLAY_WINDOW"`
	SignInTTL     time.Duration `env:"SIGN_IN_TTL"`
}

// SignInLife is how long a session of the sign-in page lasts at most.
const SignInLife = 30 * day

// applicationsPerUser is how many sessions a client may have of one account. One more
// ends the oldest.
const applicationsPerUser = 20

// ApplicationLifetimes are the lifetimes of the sessions of applications.
func (s *Settings) ApplicationLifetimes() auth.Lifetimes {
	return auth.Lifetimes{
		Idle: s.RefreshTokenTTL, Absolute: s.SessionTTL, Replay: s.OAuth.Replay, PerUser: applicationsPerUser,
	}
}

// checkOAuth checks the settings of OAuth. Codes and tokens travel through browsers, so
// only https protects them (RFC 8414, 2), except on this machine.
func (c *checker) checkOAuth() {
	o := c.s.OAuth
	if o.On && c.s.PublicURL != nil && !c.failed["PUBLIC_URL"] && !c.s.HTTPS() && !loopback(c.s.PublicURL.Hostname()) {
		c.faults.add("OAUTH=on needs a PUBLIC_URL with https, such as https://id.example.com; " +
			"to try it out on this machine, http://localhost:8080 will do")
	}
	if o.On && !c.s.LoginMethods.Password && !c.failed["LOGIN_METHODS"] {
		c.faults.add("OAUTH=on needs password in LOGIN_METHODS, such as LOGIN_METHODS=password,email: " +
			"the page on which applications let people log in asks for it")
	}
	if o.PasswordGrant && !o.On && !c.failed["OAUTH"] && !c.unread {
		c.faults.add("OAUTH_PASSWORD_GRANT=on needs OAUTH=on")
	}
	if o.Replay < 0 || o.Replay > 5*time.Minute {
		c.add("OAUTH_REFRESH_REPLAY_WINDOW", "must be from 0s to 5m")
	}
	if o.SignInTTL < time.Minute || o.SignInTTL > SignInLife {
		c.add("SIGN_IN_TTL", "must be from 1m to 30d")
	}
	if o.On && o.PasswordGrant {
		c.warn("OAUTH_PASSWORD_GRANT: applications see the passwords of the people they act for; " +
			"register them for the authorization code instead where you can")
	}
}

// loopback reports whether a host is this machine (RFC 8252, 7.3 and RFC 6761, 6.3).
func loopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
