// Package bymail decides what a person may do with a link or a code that came by mail:
// show that an address is theirs, change it, choose a new password, log in, make an
// account, and accept an invitation.
//
// What is asked for an address is the same for every address: no account is read until
// the mail is written. So neither an answer nor its time says who has an account.
package bymail

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/email"
	"gatehouse/auth/factor"
	"gatehouse/auth/proof"
)

// The errors that a caller may test for, besides [proof.ErrInvalid].
var (
	// ErrNotPerson means that an application or an API key asked for it.
	ErrNotPerson = errors.New("an application or an API key can't do this; log in as the person")
	// ErrInvitationNotFound means that no open invitation has the id.
	ErrInvitationNotFound = errors.New("invitation not found")
)

// A Registration says who may make an account.
type Registration string

// The ways to make an account.
const (
	RegistrationOpen    Registration = "open"
	RegistrationByEmail Registration = "by-email" // who opens a link that was sent to the address
	RegistrationInvited Registration = "invited"  // who was invited
	RegistrationClosed  Registration = "closed"
)

// Rules say what is done by mail.
type Rules struct {
	Mail         bool    // the service sends mail
	Login        bool    // people log in by mail
	Password     bool    // people log in with a password
	Passkey      bool    // people log in with a passkey
	PasskeyRPID  *string // the domain that passkeys are for; nil: there are none
	Registration Registration
	SecondFactor factor.Rule
	// ConfirmChange leaves an account its address until the new one is proved.
	ConfirmChange bool
}

// Users reads and changes accounts by what was proved.
type Users interface {
	// Look returns what a claim is about, and leaves it open, or [proof.ErrInvalid].
	Look(ctx context.Context, c *proof.Claim) (*proof.Subject, error)
	// Used reports whether the account used the claim since that time.
	Used(ctx context.Context, c *proof.Claim, userID string, since time.Time) (bool, error)
	// User returns the account with the id, or [auth.ErrUserNotFound].
	User(ctx context.Context, id string) (*auth.User, error)

	EmailStore
	SessionStore
}

// EmailStore changes addresses and passwords. Each method uses the claim up in the same
// transaction, and returns [proof.ErrInvalid] if that is not possible.
type EmailStore interface {
	// AskChange is [proof.Store]'s Ask for the change of an account's address, with a
	// notice to the present one.
	AskChange(ctx context.Context, a *proof.Ask, u *auth.User) error
	// VerifyByProof notes that the address is its owner's. Unless the account is kept, it
	// loses what was set up before, and its password's hash is the spare one.
	VerifyByProof(ctx context.Context, c *proof.Claim, keep bool, spare string) (userID string, err error)
	// ChangeByProof gives the account the address, and the old one a link that undoes it.
	// It returns a [*auth.ConflictError] if another account has the address.
	ChangeByProof(ctx context.Context, c *proof.Claim, undo *proof.Ask) (userID string, err error)
	// UndoByProof gives the account its old address back, and ends what others opened.
	UndoByProof(ctx context.Context, c *proof.Claim, spare string) (*proof.Subject, error)
	// ResetByProof gives the account a new password, and ends its sessions.
	ResetByProof(ctx context.Context, c *proof.Claim, hash string) (userID string, err error)
}

// An Allow says whether an account may still give others the roles. It returns an error
// that wraps [proof.ErrInvalid] if not.
type Allow func(inviter *auth.User, roles []string) error

// SessionStore opens sessions. Each method uses the claim up in the same transaction, and
// returns [proof.ErrInvalid] if that is not possible.
type SessionStore interface {
	// LoginByProof opens a session. An account whose address was never proved loses what
	// was set up before, and its password's hash is the spare one.
	LoginByProof(ctx context.Context, c *proof.Claim, spare string, s *auth.Session, life auth.Lifetimes) error
	// RegisterByProof makes an account. It returns a [*auth.ConflictError] if one has the
	// address.
	RegisterByProof(ctx context.Context, c *proof.Claim, a *auth.Credential, s *auth.Session, allow Allow) error
	// JoinByProof gives the account the roles of an invitation, and opens a session.
	JoinByProof(ctx context.Context, c *proof.Claim, s *auth.Session, life auth.Lifetimes, allow Allow) error
	// Invitations returns the open invitations, the newest first, at most limit.
	Invitations(ctx context.Context, now time.Time, limit int) ([]*Invitation, error)
	// RevokeInvitation ends an invitation. It returns [ErrInvitationNotFound].
	RevokeInvitation(ctx context.Context, id string, now time.Time) error
}

// Desk does by mail what the rules allow.
type Desk struct {
	Rules    Rules
	Proofs   *proof.Proofs
	Store    Users
	Accounts *auth.Accounts
	Sessions *auth.Sessions
}

// on returns [auth.ErrNotOffered] unless the service sends mail.
func (d *Desk) on() error {
	if !d.Rules.Mail {
		return auth.ErrNotOffered
	}
	return nil
}

// stranger returns [auth.ErrNotOffered], or [ErrNotPerson] if the caller is not a person. There may
// be no caller.
func (d *Desk) stranger(ctx context.Context) error {
	if p := auth.Caller(ctx); p != nil && !p.IsPerson() {
		return ErrNotPerson
	}
	return d.on()
}

// person returns the caller, a person. It returns [auth.ErrNotOffered], [ErrNotPerson] and
// [auth.ErrNoCredential].
func (d *Desk) person(ctx context.Context) (*auth.Principal, error) {
	p := auth.Caller(ctx)
	if p == nil {
		return nil, auth.ErrNoCredential
	}
	return p, d.stranger(ctx)
}

// address reads the address that a mail is asked for.
func address(text string) (email.Address, error) {
	a, err := email.Parse(text)
	if err != nil {
		return email.Address{}, &auth.InputError{Field: "email", Message: err.Error()}
	}
	return a, nil
}

// request asks for a mail to an address. It does the same for each.
func (d *Desk) request(ctx context.Context, purpose proof.Purpose, in MailInput, data map[string]any) (*proof.Open, error) {
	if err := d.stranger(ctx); err != nil {
		return nil, err
	}
	to, err := address(in.Email)
	if err != nil {
		return nil, err
	}
	locale, err := language(in.Locale)
	if err != nil {
		return nil, err
	}
	return d.Proofs.Request(ctx, proof.Request{Purpose: purpose, Key: to.Canonical, Address: to.Shown, Data: data, Locale: locale})
}

// A MailInput says where a mail goes, and in which language.
type MailInput struct {
	Email  string
	Locale *string // nil for the service's own
}

// language reads a language tag, such as de or pt-BR (RFC 5646).
func language(tag *string) (string, error) {
	if tag == nil {
		return "", nil
	}
	for i, r := range *tag {
		if i >= 35 || (r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')) {
			return "", &auth.InputError{Field: "locale", Message: "A language is a tag such as de or pt-BR."}
		}
	}
	return *tag, nil
}

// sender describes who asks, so that the mail can say it.
func sender(ctx context.Context) map[string]any {
	c := client.Of(ctx)
	return map[string]any{"device": c.Device(), "ip": c.IP}
}

// spare returns the hash of a password that is kept nowhere, for an account that was
// never proved; "" for another, which keeps its own.
func (d *Desk) spare(ctx context.Context, s *proof.Subject) (string, error) {
	if s.Verified {
		return "", nil
	}
	return d.hashOfNothing(ctx)
}

func (d *Desk) hashOfNothing(ctx context.Context) (string, error) {
	return d.Sessions.Passwords.Discard(ctx)
}

// Methods are what the service offers to those who are not logged in.
type Methods struct {
	Password          bool
	Email             bool
	Passkey           bool
	PasskeyRPID       *string // the domain that passkeys are for; nil: there are none
	PasswordReset     bool
	Registration      Registration
	SecondFactor      factor.Rule
	MinPasswordLength int
}

// Methods returns what the service offers to those who are not logged in.
func (d *Desk) Methods() *Methods {
	return &Methods{
		Password: d.Rules.Password, Email: d.Rules.Login, Passkey: d.Rules.Passkey, PasskeyRPID: d.Rules.PasskeyRPID,
		PasswordReset: d.Rules.Mail && d.Rules.Password, Registration: d.Rules.Registration,
		SecondFactor: d.Rules.SecondFactor, MinPasswordLength: d.Sessions.Passwords.Rules.MinLength,
	}
}
