package passkey

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// maxAnswer is how long the JSON of a device's answer may be, in bytes. Without attestation it has
// about 1 KB, and an RSA key makes it 2 KB.
const maxAnswer = 16 << 10

// unreadable is the error of an answer that no browser gives.
func unreadable() error {
	return &auth.InputError{Field: "credential", Message: "The credential is not what navigator.credentials answered, as JSON: pass its toJSON()."}
}

// assertion reads what navigator.credentials.get answered. It returns an [*auth.InputError].
func assertion(credential []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(credential) > maxAnswer {
		return nil, unreadable()
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(credential)
	if err != nil {
		return nil, unreadable()
	}
	return parsed, nil
}

// judge returns the use that an answer is, and how its owner was authenticated. It returns
// [ErrRefused].
func (k *Keys) judge(
	ctx context.Context, session webauthn.SessionData, userID string, answer *protocol.ParsedCredentialAssertionData,
) (*Use, []string, error) {
	working, err := k.working(ctx, userID)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(working, func(p *Passkey) bool { return bytes.Equal(p.CredentialID, answer.RawID) })
	if i < 0 {
		return nil, nil, ErrRefused
	}
	used, flags := working[i], answer.Response.AuthenticatorData.Flags
	// Some devices begin to share keys that they did not share. The library refuses that, and
	// it must refuse the opposite.
	used.BackupEligible = used.BackupEligible || flags.HasBackupEligible()
	o, err := newOwner(userID, working)
	if err != nil {
		return nil, nil, err
	}
	if err := k.validate(o, session, answer); err != nil {
		return nil, nil, ErrRefused
	}
	return &Use{
		ID: used.ID, UserID: userID, SignCount: answer.Response.AuthenticatorData.Counter, BackupEligible: used.BackupEligible,
		BackedUp: flags.HasBackupState(), At: k.Proofs.Now().UTC(), Mail: k.Rules.Mail,
	}, used.AMR(), nil
}

// validate lets the library validate an answer. The library counts signatures for itself, and
// does no more than warn of a copy: the store refuses it.
func (k *Keys) validate(o *owner, session webauthn.SessionData, answer *protocol.ParsedCredentialAssertionData) error {
	if len(session.UserID) == 0 {
		_, _, err := k.library.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return o, nil }, session, answer)
		return err
	}
	// The library wants the owner to have all passkeys that it asked for. One may be gone.
	session.AllowedCredentialIDs = slices.DeleteFunc(session.AllowedCredentialIDs, func(id []byte) bool {
		return !slices.ContainsFunc(o.credentials, func(c webauthn.Credential) bool { return bytes.Equal(c.ID, id) })
	})
	if len(session.AllowedCredentialIDs) == 0 {
		return ErrRefused
	}
	_, err := k.library.ValidateLogin(o, session, answer)
	return err
}

// LoginInput is the answer of a device that logs in.
type LoginInput struct {
	Ceremony   string
	Credential map[string]any
	Scopes     []string // nil: all that the roles grant
}

// Login opens a session with a passkey alone. It returns [auth.ErrNotOffered], [ErrRefused],
// [proof.ErrInvalid], an [*auth.InputError] for an answer that can't be read and for scopes that
// the account's roles don't grant, and the errors of [auth.Sessions.Admit].
func (k *Keys) Login(ctx context.Context, in LoginInput) (*auth.Tokens, error) {
	if !k.Rules.Login || k.library == nil {
		return nil, auth.ErrNotOffered
	}
	text, err := json.Marshal(in.Credential)
	if err != nil {
		return nil, unreadable()
	}
	answer, err := assertion(text)
	if err != nil {
		return nil, err
	}
	session, err := k.take(ctx, proof.PasskeyLogin, "", in.Ceremony)
	if err != nil {
		return nil, err
	}
	userID := userOf(answer.Response.UserHandle)
	if userID == "" {
		return nil, ErrRefused
	}
	use, amr, err := k.judge(ctx, session, userID, answer)
	if err != nil {
		return nil, err
	}
	u, err := k.Store.User(ctx, userID)
	if err != nil {
		return nil, missing(err)
	}
	return k.Sessions.Begin(ctx, u, amr, in.Scopes, func(s *auth.Session) (*auth.User, error) {
		if err := k.Store.LoginByPasskey(ctx, use, s, k.Sessions.Life); err != nil {
			return nil, err
		}
		return k.Store.User(ctx, userID)
	})
}

// Has reports whether the account has a passkey that works.
func (k *Keys) Has(ctx context.Context, userID string) (bool, error) {
	if k.library == nil {
		return false, nil
	}
	working, err := k.working(ctx, userID)
	return len(working) > 0, err
}

// Begin asks the owner of an account for one of its passkeys: with its token, and the options of
// navigator.credentials.get. It returns [auth.ErrNotOffered], and a [*auth.ConflictError] if the
// account has none that works.
func (k *Keys) Begin(ctx context.Context, userID string) (ceremony string, options json.RawMessage, err error) {
	c, err := k.begin(ctx, userID)
	if err != nil {
		return "", nil, err
	}
	options, err = json.Marshal(c.Options)
	return c.Ceremony, options, err
}

// Verify returns how the owner of an account was authenticated, who answers with one of its
// passkeys. It returns [auth.ErrNotOffered], [ErrRefused], [proof.ErrInvalid] for a ceremony that
// was not begun for the account, and an [*auth.InputError] for an answer that can't be read.
func (k *Keys) Verify(ctx context.Context, userID, ceremony string, credential json.RawMessage) (amr []string, err error) {
	if err := k.on(); err != nil {
		return nil, err
	}
	answer, err := assertion(credential)
	if err != nil {
		return nil, err
	}
	session, err := k.take(ctx, proof.PasskeyVerify, userID, ceremony)
	if err != nil {
		return nil, err
	}
	use, amr, err := k.judge(ctx, session, userID, answer)
	if err != nil {
		return nil, err
	}
	return amr, k.Store.UsePasskey(ctx, use)
}
