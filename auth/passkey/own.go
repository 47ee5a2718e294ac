package passkey

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/name"
	"gatehouse/auth/proof"
)

// The longest that a name may be, in characters, and a credential's id, in bytes (WebAuthn, 4).
const (
	maxName       = 64
	maxCredential = 1023
)

// AddInput is the answer of a device that made a passkey.
type AddInput struct {
	Ceremony   string
	Credential map[string]any
	Name       string
}

// Add adds a passkey to the caller's account. It returns [auth.ErrNotOffered], [proof.ErrInvalid],
// an [*auth.InputError] for a name or an answer that is not accepted, and a [*auth.ConflictError]
// if there is one with that credential or the account has too many.
func (k *Keys) Add(ctx context.Context, in AddInput) (*Passkey, error) {
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if by.SessionID == nil { // a key, which the schema has refused
		return nil, auth.ErrNoCredential
	}
	userID := by.ID
	if err := k.on(); err != nil {
		return nil, err
	}
	called, err := parseName(in.Name)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(in.Credential)
	if err != nil || len(text) > maxAnswer {
		return nil, unreadable()
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(text)
	if err != nil {
		return nil, unreadable()
	}
	session, err := k.take(ctx, proof.PasskeyAdd, userID, in.Ceremony)
	if err != nil {
		return nil, err
	}
	o, err := newOwner(userID, nil)
	if err != nil {
		return nil, err
	}
	made, err := k.library.CreateCredential(o, session, answer)
	if err != nil || len(made.ID) > maxCredential {
		return nil, &auth.InputError{Field: "credential", Message: "The credential is not an answer to this ceremony. Begin again with beginPasskey."}
	}
	now := k.Proofs.Now().UTC()
	p := &Passkey{
		ID: proof.NewID(now), UserID: userID, Name: called, CreatedAt: now, BackedUp: made.Flags.BackupState,
		RPID: k.Rules.RPID, CredentialID: made.ID, PublicKey: made.PublicKey, SignCount: made.Authenticator.SignCount,
		BackupEligible: made.Flags.BackupEligible, AAGUID: made.Authenticator.AAGUID,
	}
	for _, t := range made.Transport {
		p.Transports = append(p.Transports, string(t))
	}
	return p, k.Store.AddPasskey(ctx, p, *by.SessionID, k.Rules.Mail)
}

// parseName reads the name of a passkey. It returns an [*auth.InputError].
func parseName(text string) (string, error) {
	parsed, err := name.Parse(text)
	if err != nil || parsed == "" || utf8.RuneCountInString(parsed) > maxName {
		return "", &auth.InputError{
			Field: "name", Message: "A passkey's name has 1 to 64 characters and no line breaks, control characters or invisible characters.",
		}
	}
	return parsed, nil
}

// Of returns the account's passkeys, the oldest first.
func (k *Keys) Of(ctx context.Context, u *auth.User) ([]*Passkey, error) {
	return k.Store.PasskeysOf(ctx, u.ID)
}

// Rename gives one of the caller's passkeys another name. It returns [ErrNotFound], and an
// [*auth.InputError].
func (k *Keys) Rename(ctx context.Context, id, called string) (*Passkey, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if id, err = parseID(id); err != nil {
		return nil, err
	}
	if called, err = parseName(called); err != nil {
		return nil, err
	}
	return k.Store.RenamePasskey(ctx, p.ID, id, called)
}

// A Deleted passkey is gone. The rest is what a page tells the browser, so that devices forget
// it too (WebAuthn, 5.1.10).
type Deleted struct {
	ID                  string
	RPID                *string  // nil: the service has no passkeys
	UserHandle          string   // base64url
	AcceptedCredentials []string // of all that are left, base64url
}

// Delete deletes one of the caller's passkeys. It returns [ErrNotFound], [factor.ErrOne] if the
// caller's session was opened without a second factor, and a [*auth.ConflictError] if it is the
// last way to log in, or the last second factor of an account that has to have one.
func (k *Keys) Delete(ctx context.Context, id string) (*Deleted, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if id, err = parseID(id); err != nil {
		return nil, err
	}
	left, err := k.Store.DeletePasskey(ctx, p.ID, id, func(u *auth.User, left []*Passkey) error {
		if p.Factors < 2 { // with this passkey, the account had a second factor
			return factor.ErrOne
		}
		return k.mayDelete(u, left)
	})
	if err != nil {
		return nil, err
	}
	user := uuid.MustParse(p.ID)
	d := &Deleted{ID: id, UserHandle: base64.RawURLEncoding.EncodeToString(user[:]), AcceptedCredentials: []string{}}
	if k.Rules.RPID != "" {
		d.RPID = &k.Rules.RPID
	}
	for _, p := range left {
		if p.RPID == k.Rules.RPID {
			d.AcceptedCredentials = append(d.AcceptedCredentials, base64.RawURLEncoding.EncodeToString(p.CredentialID))
		}
	}
	return d, nil
}

// mayDelete returns a [*auth.ConflictError] if an account could not be logged in to without a
// passkey: it needs a password, mail or another passkey. By mail, it also gets a password. It
// returns the error of Spare if no second factor is left.
func (k *Keys) mayDelete(u *auth.User, left []*Passkey) error {
	if !u.SecondFactor && k.Spare != nil {
		if err := k.Spare(u); err != nil {
			return err
		}
	}
	byPassword := k.Rules.Password && (u.HasPassword || k.Rules.Mail)
	if byPassword || k.Rules.ByMail || k.Rules.Login && slices.ContainsFunc(left, k.works) {
		return nil
	}
	return &auth.ConflictError{Message: "This passkey is the only way to log in to the account. Add another one first."}
}

// parseID reads the id of a passkey. It returns an [*auth.InputError].
func parseID(text string) (string, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return "", &auth.InputError{Field: "id", Message: "An id is a UUID, such as 0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63."}
	}
	return id.String(), nil
}
