package bymail

import "time"

// A Kind is what a mail is about.
type Kind string

// The kinds of mails. Those with a link are named as the purpose of its proof.
const (
	MailVerify       Kind = "verify_email"
	MailChange       Kind = "change_email"
	MailReset        Kind = "reset_password"
	MailLogin        Kind = "login"
	MailRegistration Kind = "registration"
	MailInvitation   Kind = "invitation"

	MailEmailChanged    Kind = "email_changed"      // to the old address, with a link that undoes it
	MailChangeRequested Kind = "change_requested"   // to the present address
	MailPasswordChanged Kind = "password_changed"   // by a link
	MailChangeTaken     Kind = "change_taken"       // instead of MailChange, to an address that has an account
	MailRegistered      Kind = "already_registered" // instead of MailRegistration
	MailPasskeyAdded    Kind = "passkey_added"
	MailPasskeyCopied   Kind = "passkey_suspended" // because a copy of it was seen
	MailTest            Kind = "test"              // of the command line

	MailFactorAdded   Kind = "factor_added"
	MailFactorRemoved Kind = "factor_removed"
	MailFactorsReset  Kind = "factors_reset" // by an administrator
	MailRecoveryMade  Kind = "recovery_codes_made"
	MailRecoveryUsed  Kind = "recovery_code_used"
)

// A Mail waits to be sent, or was. It has no secret.
type Mail struct {
	ID        string
	Kind      Kind
	Address   string
	ProofID   string         // of the link in it; "" for none
	Data      map[string]any // what it says
	CreatedAt time.Time
	DueAt     time.Time // when it is sent, or sent again
	Tries     int
	SentAt    *time.Time // nil: not yet
	Dropped   string     // why it is not sent; "" if it is
}

// Kinds returns every kind of mail that is written.
func Kinds() []Kind {
	return []Kind{
		MailVerify, MailChange, MailReset, MailLogin, MailRegistration, MailInvitation,
		MailEmailChanged, MailChangeRequested, MailPasswordChanged, MailChangeTaken, MailRegistered,
		MailPasskeyAdded, MailPasskeyCopied, MailTest,
		MailFactorAdded, MailFactorRemoved, MailFactorsReset, MailRecoveryMade, MailRecoveryUsed,
	}
}

// Sample returns a letter of a kind that shows what such mails look like. Its link and its
// code open nothing.
func Sample(kind Kind, locale string) *Letter {
	l := &Letter{ID: "00000000-0000-7000-8000-000000000000", Kind: kind, To: "ada@example.com", Locale: locale, Account: "https://id.example.com/account"}
	switch kind {
	case MailVerify, MailReset, MailEmailChanged:
		l.Name = "Ada Lovelace"
	case MailLogin:
		l.Name, l.Code = "Ada Lovelace", "12345678"
	}
	switch kind {
	case MailReset, MailLogin:
		l.Device, l.IP = "Firefox on Windows", "192.0.2.7"
	case MailEmailChanged, MailChangeRequested:
		l.New = "ada@example.net"
	case MailPasskeyAdded, MailPasskeyCopied:
		l.Passkey = "Ada's phone"
	}
	switch kind {
	case MailChangeRequested, MailPasswordChanged, MailChangeTaken, MailRegistered, MailTest, MailPasskeyAdded, MailPasskeyCopied,
		MailFactorAdded, MailFactorRemoved, MailFactorsReset, MailRecoveryMade:
	case MailRecoveryUsed:
		l.Left = 2
	default:
		l.Link, l.Minutes = l.Account+"#sample=this-link-opens-nothing", 30
	}
	return l
}
