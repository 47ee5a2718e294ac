package proof

import "time"

// A Purpose is what a proof is for. It is part of what is signed, so that a link is of
// no use anywhere else.
type Purpose string

// The purposes, as the database has them.
const (
	VerifyEmail   Purpose = "verify_email"   // the account's address is its owner's
	ChangeEmail   Purpose = "change_email"   // so is the address that it is to get
	UndoEmail     Purpose = "undo_email"     // the change of an address is taken back
	ResetPassword Purpose = "reset_password" // the account gets a new password
	Login         Purpose = "login"          // a session is opened
	Registration  Purpose = "registration"   // an account is made
	Invitation    Purpose = "invitation"     // an account is made, or gets roles
	Challenge     Purpose = "challenge"      // a second factor opens a session; no mail has it
	TOTP          Purpose = "totp"           // an authenticator app is set up; no mail has it
	PasskeyLogin  Purpose = "passkey_login"  // a session is opened with a passkey
	PasskeyAdd    Purpose = "passkey_add"    // an account gets a passkey
	PasskeyVerify Purpose = "passkey_verify" // a passkey shows that a person is there
)

// A kind is what belongs to a purpose.
type kind struct {
	number byte // in links; never used again for another purpose
	// life is how long a link works, and most how long it works when it is sent again.
	// A code that logs in works for 10 minutes at most (ASVS 5.0, 6.5.5).
	life, most time.Duration
	fragment   string // of the page that a link opens
}

const (
	hour = time.Hour
	day  = 24 * hour
)

// kind returns what belongs to the purpose.
func (p Purpose) kind() kind {
	switch p {
	case VerifyEmail:
		return kind{1, day, 2 * day, "verify"}
	case ChangeEmail:
		return kind{2, hour, 2 * hour, "verify"}
	case UndoEmail:
		return kind{3, 3 * day, 3 * day, "undo"}
	case ResetPassword:
		return kind{4, hour / 2, hour, "reset"}
	case Login:
		return kind{5, hour / 6, hour / 6, "login"}
	case Registration:
		return kind{6, day, 2 * day, "register"}
	case Invitation:
		return kind{7, 7 * day, 14 * day, "invite"}
	case Challenge:
		return kind{8, hour / 6, hour / 6, ""}
	case TOTP:
		return kind{9, hour / 4, hour / 4, ""}
	case PasskeyLogin:
		return kind{20, hour / 12, hour / 12, ""}
	case PasskeyAdd:
		return kind{21, hour / 12, hour / 12, ""}
	case PasskeyVerify:
		return kind{22, hour / 12, hour / 12, ""}
	}
	return kind{}
}

// Fragment is the fragment of the page that a link opens, before the equals sign. A
// browser does not send it, so that no server and no log on the way has the link.
func (p Purpose) Fragment() string { return p.kind().fragment }
