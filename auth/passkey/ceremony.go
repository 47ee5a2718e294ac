package passkey

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/proof"
)

// A Ceremony is a question to a device, which waits for its answer.
type Ceremony struct {
	Ceremony  string         // what the answer belongs to
	Options   map[string]any // of navigator.credentials.create or get, as JSON
	ExpiresAt time.Time
}

// BeginLogin begins a log-in with whichever passkey a person chooses. The options name no
// account. It returns [auth.ErrNotOffered].
func (k *Keys) BeginLogin(ctx context.Context) (*Ceremony, error) {
	if !k.Rules.Login || k.library == nil {
		return nil, auth.ErrNotOffered
	}
	options, session, err := k.library.BeginDiscoverableLogin()
	if err != nil {
		return nil, fmt.Errorf("begin a log-in with a passkey: %w", err)
	}
	return k.keep(ctx, proof.PasskeyLogin, "", options, session)
}

// BeginAdd begins to add a passkey to the caller's account. It returns [auth.ErrNotOffered],
// a [*auth.ConflictError] if the account has too many or is not a person's, and [factor.ErrOne] if
// it has a second factor that the caller's session was opened without.
func (k *Keys) BeginAdd(ctx context.Context) (*Ceremony, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.on(); err != nil {
		return nil, err
	}
	if k.Rules.Closed {
		return nil, auth.ErrNotOffered
	}
	userID := p.ID
	u, err := k.Store.User(ctx, userID)
	if err != nil {
		return nil, err
	}
	if u.Kind == auth.Service {
		return nil, &auth.ConflictError{Message: "A service account has no passkeys: it acts with API keys."}
	}
	if u.SecondFactor && p.Factors < 2 {
		return nil, factor.ErrOne
	}
	all, err := k.Store.PasskeysOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	if len(all) >= MaxPerUser {
		return nil, TooMany()
	}
	o, err := newOwner(u.ID, all)
	if err != nil {
		return nil, err
	}
	o.name, o.shown = u.Email, u.Label()
	if u.Name != nil {
		o.shown = *u.Name
	}
	var known []*Passkey
	for _, p := range all {
		if p.RPID == k.Rules.RPID {
			known = append(known, p)
		}
	}
	options, session, err := k.library.BeginRegistration(o, webauthn.WithExclusions(descriptors(known)))
	if err != nil {
		return nil, fmt.Errorf("begin to add a passkey to user %q: %w", userID, err)
	}
	return k.keep(ctx, proof.PasskeyAdd, userID, options, session)
}

// TooMany is the error that an account has as many passkeys as it may.
func TooMany() error {
	return &auth.ConflictError{Message: fmt.Sprintf("An account has at most %d passkeys. Remove one with deletePasskey.", MaxPerUser)}
}

// BeginCaller begins a ceremony in which the caller shows that it is still them. It returns the
// errors of [Keys.begin].
func (k *Keys) BeginCaller(ctx context.Context) (*Ceremony, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return k.begin(ctx, p.ID)
}

// begin begins a ceremony in which the owner of an account answers with one of its passkeys. It
// returns [auth.ErrNotOffered], and a [*auth.ConflictError] if the account has none that works.
func (k *Keys) begin(ctx context.Context, userID string) (*Ceremony, error) {
	if err := k.on(); err != nil {
		return nil, err
	}
	working, err := k.working(ctx, userID)
	if err != nil {
		return nil, err
	}
	if len(working) == 0 {
		return nil, &auth.ConflictError{Message: "The account has no passkey that works."}
	}
	o, err := newOwner(userID, working)
	if err != nil {
		return nil, err
	}
	options, session, err := k.library.BeginLogin(o)
	if err != nil {
		return nil, fmt.Errorf("ask user %q for a passkey: %w", userID, err)
	}
	return k.keep(ctx, proof.PasskeyVerify, userID, options, session)
}

// keep keeps the library's state, all of it, until the device answers.
func (k *Keys) keep(ctx context.Context, purpose proof.Purpose, userID string, options any, session *webauthn.SessionData) (*Ceremony, error) {
	state, err := json.Marshal(session)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	c := &Ceremony{}
	if err := json.Unmarshal(text, &c.Options); err != nil {
		return nil, err
	}
	c.Ceremony, c.ExpiresAt, err = k.Proofs.Keep(ctx, purpose, userID, state)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// take uses a ceremony up. It returns [proof.ErrInvalid] unless it was begun for the purpose and
// the account.
func (k *Keys) take(ctx context.Context, purpose proof.Purpose, userID, text string) (session webauthn.SessionData, err error) {
	state, err := k.Proofs.Redeem(ctx, purpose, userID, text)
	if err != nil {
		return session, err
	}
	if err := json.Unmarshal(state, &session); err != nil {
		return session, fmt.Errorf("state of a ceremony: %w", err)
	}
	return session, nil
}
