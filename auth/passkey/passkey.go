// Package passkey decides what people do with passkeys: key pairs whose private key a device
// keeps, and uses once it knows its owner (WebAuthn Level 3).
//
// Each ceremony, a question to a device and its answer, has a token. It works once, for five
// minutes, for what it was begun for, and for the account that began it.
package passkey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// The errors that a caller may test for, besides [proof.ErrInvalid].
var (
	// ErrRefused means that a device's answer is not that of a passkey that works. It does
	// not say why. It wraps [auth.ErrInvalidCredentials].
	ErrRefused error = refused{}
	// ErrNotFound means that the account has no passkey with the id.
	ErrNotFound = fmt.Errorf("passkey %w", auth.ErrNotFound)
)

type refused struct{}

func (refused) Error() string { return "this passkey is not accepted" }
func (refused) Unwrap() error { return auth.ErrInvalidCredentials }

// MaxPerUser is how many passkeys an account may have.
const MaxPerUser = 20

// A Passkey is a key pair of a person. Its private key is in their device.
type Passkey struct {
	ID          string
	UserID      string
	Name        string
	CreatedAt   time.Time
	LastUsedAt  *time.Time
	BackedUp    bool       // another device has the private key as well
	SuspendedAt *time.Time // when a copy of it was seen; nil: it works

	RPID           string // the domain that it was made for
	CredentialID   []byte
	PublicKey      []byte // a COSE key
	SignCount      uint32
	BackupEligible bool // other devices may get the private key
	Transports     []string
	AAGUID         []byte // 16 bytes; nil if it is not known
}

// Suspended reports whether the passkey works no more, because a copy of it was seen.
func (p *Passkey) Suspended() bool { return p.SuspendedAt != nil }

// AMR is how a person is authenticated who answers with the passkey (RFC 8176): they have the
// device, and it has verified them.
func (p *Passkey) AMR() []string {
	if p.BackupEligible {
		return []string{"swk", "user", "mfa"}
	}
	return []string{"hwk", "user", "mfa"}
}

// A Use is an answer of a device whose signature is right.
type Use struct {
	ID             string // of the passkey
	UserID         string
	SignCount      uint32
	BackupEligible bool
	BackedUp       bool
	At             time.Time
	Mail           bool // tells the owner if it is that of a copy
}

// Store persists passkeys.
type Store interface {
	// User returns the account with the id, or [auth.ErrUserNotFound].
	User(ctx context.Context, id string) (*auth.User, error)
	// PasskeysOf returns the account's passkeys, the oldest first.
	PasskeysOf(ctx context.Context, userID string) ([]*Passkey, error)
	// AddPasskey stores a passkey, and queues a mail that says so if mail is true. The session
	// has it as a second factor from then on. It returns a [*auth.ConflictError] if there is one
	// with that credential or the account has too many, [auth.ErrUserNotFound] if the account
	// does not exist or is disabled, and [factor.ErrOne] if it has a second factor that the
	// session was opened without.
	AddPasskey(ctx context.Context, p *Passkey, sessionID string, mail bool) error
	// RenamePasskey returns the passkey with its new name, or [ErrNotFound].
	RenamePasskey(ctx context.Context, userID, id, name string) (*Passkey, error)
	// DeletePasskey deletes a passkey if allow returns no error, and returns those that are
	// left. The account is locked meanwhile. It returns [ErrNotFound].
	DeletePasskey(ctx context.Context, userID, id string, allow Allow) ([]*Passkey, error)
	// UsePasskey notes a use. It returns [ErrRefused] if the account is disabled, or the
	// passkey gone or suspended. If it has signed more often than the use says, there is a
	// copy of it: the passkey is suspended.
	UsePasskey(ctx context.Context, u *Use) error
	// LoginByPasskey notes a use as UsePasskey does, and opens the session.
	LoginByPasskey(ctx context.Context, u *Use, s *auth.Session, life auth.Lifetimes) error
}

// An Allow says whether an account, as it is then, may do without a passkey, with those that are
// left.
type Allow func(u *auth.User, left []*Passkey) error

// Rules say what is done with passkeys.
type Rules struct {
	Login    bool     // people log in with a passkey alone
	Closed   bool     // no account gets another one
	Password bool     // people log in with a password
	ByMail   bool     // people log in by mail
	Mail     bool     // the service sends mail
	RPID     string   // the domain that passkeys are for; "": there are none
	Service  string   // what devices call the service
	Origins  []string // whose pages may ask for a passkey
}

// Keys does with passkeys what the rules allow.
type Keys struct {
	Rules    Rules
	Proofs   *proof.Proofs
	Store    Store
	Sessions *auth.Sessions
	// Spare returns an error unless the account may be without a second factor; nil: each may.
	Spare func(u *auth.User) error

	library *webauthn.WebAuthn // nil: there are no passkeys
}

// life is how long a device may take to answer, in the options that a browser gets.
const life = 5 * time.Minute

// New returns Keys. It returns an error if the library takes the rules for wrong.
func New(rules Rules, proofs *proof.Proofs, store Store, sessions *auth.Sessions) (*Keys, error) {
	k := &Keys{Rules: rules, Proofs: proofs, Store: store, Sessions: sessions}
	if rules.RPID == "" {
		return k, nil
	}
	timeout := webauthn.TimeoutConfig{Timeout: life, TimeoutUVD: life}
	library, err := webauthn.New(&webauthn.Config{
		RPID: rules.RPID, RPDisplayName: rules.Service, RPOrigins: rules.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		// Extensions of browsers answer without being asked. What they say is not used.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
		Timeouts:                          webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	k.library = library
	return k, nil
}

// on returns [auth.ErrNotOffered] unless the service has passkeys.
func (k *Keys) on() error {
	if k.library == nil {
		return auth.ErrNotOffered
	}
	return nil
}

// caller returns the caller. It returns [auth.ErrNoCredential] unless that is an account, and not
// what acts for one: the schema has refused others already.
func caller(ctx context.Context) (*auth.Principal, error) {
	p := auth.Caller(ctx)
	if p == nil || p.Delegated {
		return nil, auth.ErrNoCredential
	}
	return p, nil
}

// working returns the account's passkeys with which it may answer now.
func (k *Keys) working(ctx context.Context, userID string) ([]*Passkey, error) {
	all, err := k.Store.PasskeysOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p *Passkey) bool { return !k.works(p) }), nil
}

// works reports whether a passkey may answer now.
func (k *Keys) works(p *Passkey) bool { return p.RPID == k.Rules.RPID && !p.Suspended() }

// missing replaces the error that an account does not exist: what a device answers says no more
// than that it is refused.
func missing(err error) error {
	if errors.Is(err, auth.ErrUserNotFound) {
		return ErrRefused
	}
	return err
}
