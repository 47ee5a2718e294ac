package desk

import (
	"context"
	"slices"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/proof"
)

// maxTries is how many answers to one challenge may be tried.
const maxTries = 5

// A Challenge is what an open challenge is for.
type Challenge struct {
	UserID    string
	Kind      auth.SessionKind // of the session that it stands for
	AMR       []string         // how the person was authenticated before
	Scopes    []string         // to which that session is limited; nil: it is not
	Ceremony  string           // by which a passkey may answer it; "" for none
	ExpiresAt time.Time
}

// ChallengeStore persists challenges, which [auth.Sessions.Admit] has stored in place of sessions.
type ChallengeStore interface {
	// Look returns what an open challenge asks for, and leaves it open. It returns
	// [proof.ErrInvalid] unless it could be answered now.
	Look(ctx context.Context, c *proof.Claim, most int) (*Challenge, error)
	// Try counts an answer that is tried, and returns what it is for. It returns
	// [proof.ErrInvalid] if the challenge can't be answered, or most were tried already.
	Try(ctx context.Context, c *proof.Claim, most int) (*Challenge, error)
	// KeepCeremony notes by which ceremony a passkey may answer a challenge.
	KeepCeremony(ctx context.Context, c *proof.Claim, ceremony string) error
	// OpenChallenged uses a challenge up, and opens the session that it stood for. It returns
	// [proof.ErrInvalid].
	OpenChallenged(ctx context.Context, c *proof.Claim, s *auth.Session, life auth.Lifetimes) (*auth.User, error)
}

// Challenge implements [auth.SecondFactors].
func (d *Desk) Challenge(ctx context.Context, u *auth.User) (*factor.Challenge, *factor.ChallengeError, error) {
	methods, err := d.Enrolled(ctx, u.ID)
	if err != nil {
		return nil, nil, err
	}
	ask := d.Proofs.New(proof.Request{Purpose: proof.Challenge, UserID: u.ID})
	text, err := d.Proofs.Issue(ask)
	if err != nil {
		return nil, nil, err
	}
	c := &factor.Challenge{ID: ask.ID, Seed: ask.Seed, CreatedAt: ask.Now, ExpiresAt: ask.Now.Add(ask.Life)}
	return c, &factor.ChallengeError{Token: text, Methods: methods, ExpiresAt: c.ExpiresAt.Truncate(time.Second)}, nil
}

// An Open is what a challenge asks for.
type Open struct {
	Methods   []factor.Kind
	Passkey   map[string]any // the options of navigator.credentials.get; nil without a passkey
	ExpiresAt time.Time
}

// Open returns what a challenge asks for. For a passkey it begins a ceremony, which ends the
// one that was begun before. It returns [proof.ErrInvalid].
func (d *Desk) Open(ctx context.Context, text string) (*Open, error) {
	claim, err := d.Proofs.Link(text, proof.Challenge)
	if err != nil {
		return nil, err
	}
	c, err := d.Store.Look(ctx, claim, maxTries)
	if err != nil {
		return nil, err
	}
	o := &Open{ExpiresAt: c.ExpiresAt.Truncate(time.Second)}
	if o.Methods, err = d.Enrolled(ctx, c.UserID); err != nil {
		return nil, err
	}
	if !slices.Contains(o.Methods, factor.Passkey) {
		return o, nil
	}
	ceremony, options, err := d.Passkeys.Begin(ctx, c.UserID)
	if err != nil {
		return nil, err
	}
	if err := d.Store.KeepCeremony(ctx, claim, ceremony); err != nil {
		return nil, err
	}
	o.Passkey, err = object(options)
	return o, err
}

// AnswerInput answers a challenge, with one of the factors.
type AnswerInput struct {
	Token        string
	TOTP         *string
	RecoveryCode *string
	Passkey      map[string]any
}

// Answer opens a person's own session. It returns [proof.ErrInvalid] if the challenge can't be
// answered any more, [auth.ErrInvalidCredentials] if the factor is wrong, an [*auth.InputError]
// unless one is given, and an [*auth.LimitError] after too many wrong ones.
func (d *Desk) Answer(ctx context.Context, in AnswerInput) (*auth.Tokens, error) {
	a, err := d.answer(ctx, in, auth.OwnSession)
	if err != nil {
		return nil, err
	}
	return d.Sessions.Begin(ctx, a.user, a.amr, a.scopes, func(s *auth.Session) (*auth.User, error) {
		return d.Store.OpenChallenged(ctx, a.claim, s, d.Sessions.Life)
	})
}

// SignIn opens a session of the sign-in page. It returns the errors of Answer.
func (d *Desk) SignIn(ctx context.Context, in AnswerInput) (*auth.Session, *auth.User, error) {
	a, err := d.answer(ctx, in, auth.SignInSession)
	if err != nil {
		return nil, nil, err
	}
	session := auth.NewSession(ctx, d.Sessions.Now(), a.user.ID, auth.SignInSession)
	session.AMR = a.amr
	user, err := d.Sessions.Admit(ctx, a.user, session, func(s *auth.Session) (*auth.User, error) {
		return d.Store.OpenChallenged(ctx, a.claim, s, d.Sessions.Life.Of(auth.SignInSession))
	})
	return session, user, err
}

// answered is a challenge whose answer is right.
type answered struct {
	claim  *proof.Claim
	user   *auth.User
	amr    []string
	scopes []string
}

// answer verifies the answer to the challenge of a session of the kind.
func (d *Desk) answer(ctx context.Context, in AnswerInput, kind auth.SessionKind) (*answered, error) {
	given := Given{TOTP: in.TOTP, RecoveryCode: in.RecoveryCode, Passkey: in.Passkey}
	claim, err := d.Proofs.Link(in.Token, proof.Challenge)
	if err != nil {
		return nil, err
	}
	check, err := d.read(given)
	if err != nil {
		return nil, err
	}
	open, err := d.Store.Look(ctx, claim, maxTries)
	if err != nil {
		return nil, err
	}
	if open.Kind != kind {
		return nil, proof.ErrInvalid
	}
	var c *Challenge
	amr, err := d.count(ctx, open.UserID, func() (amr []string, err error) {
		if c, err = d.Store.Try(ctx, claim, maxTries); err != nil { // counted before it is compared
			return nil, err
		}
		return check(ctx, c.UserID, c.Ceremony)
	})
	if err != nil {
		return nil, &auth.SubjectError{UserID: open.UserID, Err: err} // for the log
	}
	u, err := d.Accounts.Store.User(ctx, c.UserID)
	if err != nil {
		return nil, err
	}
	return &answered{claim: claim, user: u, amr: factor.Combine(c.AMR, amr), scopes: c.Scopes}, nil
}
