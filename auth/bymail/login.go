package bymail

import (
	"context"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// byMail is how a person was authenticated who has a link or a code (RFC 8176).
var byMail = []string{"otp"}

// A LoginRequest waits for the code of a mail.
type LoginRequest struct {
	Request   string // what the code belongs to
	ExpiresAt time.Time
}

// RequestLogin sends a link and a code to log in with to the address, if an account has
// it. It returns an [*auth.InputError] if it is not an address, [auth.ErrNotOffered] and
// [ErrNotPerson].
func (d *Desk) RequestLogin(ctx context.Context, in MailInput) (*LoginRequest, error) {
	if !d.Rules.Login {
		return nil, auth.ErrNotOffered
	}
	open, err := d.request(ctx, proof.Login, in, sender(ctx))
	if err != nil {
		return nil, err
	}
	handle, err := d.Proofs.Handle(proof.Login, open.ID)
	if err != nil {
		return nil, err
	}
	return &LoginRequest{Request: handle, ExpiresAt: open.ExpiresAt.Truncate(time.Second)}, nil // of one length
}

// LoginInput logs in with the link's proof, or with the code and its request.
type LoginInput struct {
	Proof   *string
	Request *string
	Code    *string
	Scopes  []string // nil: all that the roles grant
}

// Login opens a session. It returns [proof.ErrInvalid], and an [*auth.InputError] for
// scopes that the account's roles don't grant, or unless exactly one of a proof and a code
// is given.
func (d *Desk) Login(ctx context.Context, in LoginInput) (*auth.Tokens, error) {
	if !d.Rules.Login {
		return nil, auth.ErrNotOffered
	}
	if err := d.stranger(ctx); err != nil {
		return nil, err
	}
	c, err := d.loginClaim(ctx, in)
	if err != nil {
		return nil, err
	}
	s, err := d.Store.Look(ctx, c)
	if err != nil {
		return nil, err
	}
	u, err := d.Store.User(ctx, s.UserID)
	if err != nil {
		return nil, err
	}
	spare, err := d.spare(ctx, s)
	if err != nil {
		return nil, err
	}
	if !s.Verified {
		u.SecondFactor = false // another person may have set it up, so it is removed
	}
	u.EmailVerified = true // as the proof shows
	return d.Sessions.Begin(ctx, u, byMail, in.Scopes, func(session *auth.Session) (*auth.User, error) {
		if err := d.Store.LoginByProof(ctx, c, spare, session, d.Sessions.Life); err != nil {
			return nil, err
		}
		return d.Store.User(ctx, s.UserID)
	})
}

func (d *Desk) loginClaim(ctx context.Context, in LoginInput) (*proof.Claim, error) {
	switch {
	case in.Proof != nil && in.Request == nil && in.Code == nil:
		return d.Proofs.Link(*in.Proof, proof.Login)
	case in.Proof == nil && in.Request != nil && in.Code != nil:
		return d.Proofs.Code(ctx, proof.Login, *in.Request, *in.Code)
	}
	return nil, &auth.InputError{Field: "proof", Message: "Give either proof, from the link, or request and code."}
}
