package settings

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"gatehouse/auth/factor"
	"gatehouse/auth/passkey"
	"gatehouse/edge/origin"
)

// passkeySettings are the settings of passkeys.
type passkeySettings struct {
	RPID    rpID        `env:"PASSKEY_RP_ID"`
	Origins origin.List `env:"PASSKEY_ORIGINS"`
}

// An rpID is the domain that passkeys are for, in lower case.
type rpID string

// domain parses PASSKEY_RP_ID.
func domain(text string) (rpID, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	o, err := origin.Parse("https://" + name)
	if _, ip := netip.ParseAddr(name); err != nil || ip == nil || o.Host != name || o.Port != "" {
		return "", form("a domain without scheme and port, such as example.com, and no IP address")
	}
	if suffix, icann := publicsuffix.PublicSuffix(name); suffix == name && (icann || strings.Contains(name, ".")) {
		return "", form("a domain of yours, such as example.com: browsers make no passkeys for a part that others share")
	}
	return rpID(name), nil
}

// maxRelated is how many names, such as the example of example.com and example.org, the origins
// may have: browsers read no more (WebAuthn Level 3, 5.11).
const maxRelated = 5

// RPID is the domain that passkeys are for; "": browsers make none for this service, because
// they reach it by an IP address or without TLS.
func (s *Settings) RPID() string {
	if s.Passkey.RPID != "" {
		return string(s.Passkey.RPID)
	}
	if !secure(s.origin()) {
		return ""
	}
	return s.origin().Host
}

// secure reports whether browsers make passkeys for an origin: it has a domain, and TLS unless it
// is this machine.
func secure(o origin.Origin) bool {
	_, err := netip.ParseAddr(strings.Trim(o.Host, "[]"))
	return err != nil && (o.Scheme == "https" || loopback(o.Host))
}

// below reports whether a host is a domain, or below it.
func below(host, domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }

// PasskeyOrigins are the origins whose pages may ask for passkeys: our own first.
func (s *Settings) PasskeyOrigins() (texts []string) {
	list := origin.List{}.With(s.origin())
	for _, o := range s.Passkey.Origins.Origins() {
		list = list.With(o)
	}
	for _, o := range list.Origins() {
		texts = append(texts, o.String())
	}
	return texts
}

// Passkeys say what is done with passkeys.
func (s *Settings) Passkeys() passkey.Rules {
	return passkey.Rules{
		Login: s.LoginMethods.Passkey, Password: s.LoginMethods.Password, ByMail: s.LoginMethods.Email, Mail: s.Mails(),
		Closed: s.SecondFactor == factor.Off && !s.LoginMethods.Passkey, // of no use, but it would be asked for
		RPID:   s.RPID(), Service: s.service(), Origins: s.PasskeyOrigins(),
	}
}

// checkPasskeys refuses a domain that no page of ours could use, and origins that browsers
// would not accept for it.
func (c *checker) checkPasskeys() {
	p := c.s.Passkey
	if p.Origins.Any() {
		c.add("PASSKEY_ORIGINS", "must be exact origins, such as https://app.example.com: any site could ask for passkeys with *")
		return
	}
	names := map[string]bool{}
	for _, o := range p.Origins.Origins() {
		if !secure(o) {
			c.add("PASSKEY_ORIGINS", "has %v, for which browsers make no passkeys: an origin has https and a domain, "+
				"such as https://app.example.com", o)
		}
		names[strings.SplitN(site(o.Host), ".", 2)[0]] = true
	}
	if c.s.PublicURL == nil || c.failed["PUBLIC_URL"] {
		return
	}
	own := c.s.origin()
	names[strings.SplitN(site(own.Host), ".", 2)[0]] = true
	if len(names) > maxRelated {
		c.add("PASSKEY_ORIGINS", "has origins of more than %d names, and browsers read no more", maxRelated)
	}
	if p.RPID == "" || c.failed["PASSKEY_ORIGINS"] {
		return
	}
	if !secure(own) {
		c.add("PASSKEY_RP_ID", "needs a PUBLIC_URL with https and a domain, or localhost: browsers make no passkeys for %v", own)
	}
	if !below(own.Host, string(p.RPID)) && !p.Origins.Allows(own.String()) {
		c.add("PASSKEY_RP_ID", "must be the host of PUBLIC_URL, or a domain that it is below; "+
			"for passkeys of another domain, which serves /.well-known/webauthn as this service does, add %v to PASSKEY_ORIGINS", own)
	}
}

// noPasskeys returns a warning if people are to log in with passkeys and can't, else "".
func (s *Settings) noPasskeys() string {
	if !s.LoginMethods.Passkey || s.RPID() != "" {
		return ""
	}
	return "LOGIN_METHODS has passkey, and browsers make no passkeys for " + s.origin().String() +
		", so there are none; give PUBLIC_URL a domain and https, or localhost"
}
