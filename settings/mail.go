package settings

import (
	"cmp"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode"

	"gatehouse/auth/bymail"
	"gatehouse/auth/email"
	"gatehouse/mail/inbox"
	"gatehouse/mail/smtp"
	"gatehouse/mail/words"
)

// A Verification says whether people have to show that their email address is theirs.
type Verification string

// The values of the setting EMAIL_VERIFICATION.
const (
	VerificationOff      Verification = "off"      // they may, and are not asked to
	VerificationOptional Verification = "optional" // they are asked to when they register
	VerificationRequired Verification = "required" // they can't log in before
)

// An emailChange says when an account gets another address.
type emailChange string

const (
	changeAtOnce    emailChange = "at-once"
	changeConfirmed emailChange = "confirm" // when the new one is proved
)

// loginMethods are the ways in which people log in.
type loginMethods struct{ Password, Email, Passkey bool }

// String returns the methods in the form in which they are set.
func (l loginMethods) String() string {
	var names []string
	if l.Password {
		names = append(names, "password")
	}
	if l.Email {
		names = append(names, "email")
	}
	if l.Passkey {
		names = append(names, "passkey")
	}
	return strings.Join(names, ",")
}

// methods parses a list of ways to log in. A passkey is not the only one: a person needs another
// to get their first.
func methods(text string) (loginMethods, error) {
	names := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	has := func(name string) bool { return slices.Contains(names, name) }
	l := loginMethods{Password: has("password"), Email: has("email"), Passkey: has("passkey")}
	others := slices.DeleteFunc(names, func(name string) bool { return slices.Contains([]string{"password", "email", "passkey"}, name) })
	if len(others) > 0 || !l.Password && !l.Email {
		return loginMethods{}, form("a list of: password, email, passkey, with one of the first two")
	}
	return l, nil
}

// smtpServer parses SMTP_URL.
func smtpServer(text string) (smtp.Server, error) {
	s, err := smtp.Parse(text)
	if err != nil {
		return smtp.Server{}, err
	}
	return *s, nil
}

// mailAddress parses MAIL_FROM.
func mailAddress(text string) (mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err == nil {
		_, err = email.Parse(a.Address)
	}
	if err != nil || strings.ContainsFunc(a.Name, unicode.IsControl) {
		return mail.Address{}, form(`an address, with a name if you like, such as Example <no-reply@example.com>`)
	}
	return *a, nil
}

// An accountURL is the page of accounts.
type accountURL url.URL

// String returns the URL.
func (a *accountURL) String() string {
	u := url.URL(*a)
	return u.String()
}

// accountPage parses ACCOUNT_URL. Links add a fragment to it.
func accountPage(text string) (accountURL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(text, "?#") {
		return accountURL{}, form("an http or https URL without a query and a fragment, such as https://app.example.com/account")
	}
	return accountURL(*u), nil
}

// mailFolder is where a service with a database of its own keeps mails that no server
// sends, in DATA_DIR.
const mailFolder = "mail"

// Mails reports whether the service sends mails, or keeps them in a folder.
func (s *Settings) Mails() bool { return s.SMTP != nil || s.KeepsMails() }

// KeepsMails reports whether mails are kept in a folder, and not sent: on the machine of
// a developer, where clients reach the service as localhost.
func (s *Settings) KeepsMails() bool {
	return s.SMTP == nil && s.Embedded() && (s.PublicURL == nil || inbox.Loopback(s.PublicURL.Hostname()))
}

// completeMail fills in what mails need.
func (s *Settings) completeMail() {
	if s.AccountURL == nil {
		page := accountURL(*s.PublicURL.JoinPath("account"))
		s.AccountURL = &page
	}
	if s.MailFrom == nil {
		s.MailFrom = &mail.Address{Name: s.PublicURL.Hostname(), Address: "gatehouse@" + s.PublicURL.Hostname()}
	}
}

// AccountPage is the page that links in mails open.
func (s *Settings) AccountPage() *url.URL {
	u := url.URL(*s.AccountURL)
	return &u
}

// ServesAccounts reports whether that page is ours: PUBLIC_URL/account.
func (s *Settings) ServesAccounts() bool {
	return s.AccountPage().String() == s.PublicURL.JoinPath("account").String()
}

// MailFolder is where mails are kept that no server sends.
func (s *Settings) MailFolder() string { return s.DataDir + string(os.PathSeparator) + mailFolder }

// Words reads what mails say. The error says which file is wrong.
func (s *Settings) Words() (*words.Words, error) {
	if s.MailTemplates == "" {
		return words.Read(s.service(), nil)
	}
	return words.Read(s.service(), os.DirFS(s.MailTemplates))
}

// service is what people know the service as.
func (s *Settings) service() string { return cmp.Or(s.MailFrom.Name, s.PublicURL.Hostname()) }

// ByMail says what is done by mail, and how people log in.
func (s *Settings) ByMail() bymail.Rules {
	var domain *string
	if id := s.RPID(); id != "" {
		domain = &id
	}
	return bymail.Rules{
		Passkey: s.LoginMethods.Passkey && domain != nil, PasskeyRPID: domain,
		Mail: s.Mails(), Login: s.LoginMethods.Email, Password: s.LoginMethods.Password, Registration: s.Registration,
		ConfirmChange: s.EmailChange == changeConfirmed, SecondFactor: s.SecondFactor,
	}
}

// checkMail refuses what needs mail without a server for it.
func (c *checker) checkMail() {
	if c.s.SMTP != nil && c.s.MailFrom == nil {
		c.addMissing("MAIL_FROM", "is required with SMTP_URL: the address that mails are from, such as Example <no-reply@example.com>")
	}
	if c.s.MailTemplates != "" {
		if _, err := words.Read("service", os.DirFS(c.s.MailTemplates)); err != nil {
			c.addError("MAIL_TEMPLATES", err)
		}
	}
	if c.s.Mails() || c.failed["SMTP_URL"] || c.failed["DATABASE_URL"] {
		return
	}
	for _, needs := range []struct {
		name string
		set  bool
	}{
		{"LOGIN_METHODS", c.s.LoginMethods.Email}, {"EMAIL_VERIFICATION", c.s.EmailVerification != VerificationOff},
		{"EMAIL_CHANGE", c.s.EmailChange == changeConfirmed},
		{"REGISTRATION", c.s.Registration == bymail.RegistrationByEmail || c.s.Registration == bymail.RegistrationInvited},
	} {
		if needs.set {
			c.add(needs.name, "needs mail: set SMTP_URL and MAIL_FROM")
		}
	}
}
