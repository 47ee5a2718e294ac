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
