package bymail

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/email"
	"gatehouse/auth/proof"
)

// pressedTwice is how long after a link was used the same account may use it again, which
// then does nothing.
const pressedTwice = time.Minute

// RequestVerification sends the caller the link that shows their address to be theirs.
// While one is open, it is the same again. It returns a [*auth.ConflictError] if that was
// shown already, [auth.ErrNotOffered] and [ErrNotPerson].
func (d *Desk) RequestVerification(ctx context.Context, locale *string) error {
	p, err := d.person(ctx)
	if err != nil {
		return err
	}
	u, err := d.Store.User(ctx, p.ID)
	if err != nil {
		return err
	}
	if u.EmailVerified {
		return &auth.ConflictError{Field: "email", Message: "This address is verified already."}
	}
	return d.Verify(ctx, u, *p.SessionID, locale)
}

// Verify sends the account the link that shows its address to be its owner's. The link
// keeps what was set up, if it is opened in the session.
func (d *Desk) Verify(ctx context.Context, u *auth.User, sessionID string, locale *string) error {
	to, err := address(u.Email)
	if err != nil {
		return err
	}
	tag, err := language(locale)
	if err != nil {
		return err
	}
	_, err = d.Proofs.Request(ctx, proof.Request{
		Purpose: proof.VerifyEmail, Key: to.Canonical, Address: to.Shown, SessionID: sessionID, Locale: tag,
	})
	return err
}

// VerifyInput shows that an address is the account's owner's.
type VerifyInput struct {
	Proof    string
	Password *string // of the account, if the link is opened elsewhere than it was asked for
	Reclaim  bool    // without it: take the account over
}

// VerifyEmail shows that an address is its owner's: the present one, or the one that the
// account is to get. It opens no session.
//
// Someone else may have registered the address, and wait for its owner to show that it is
// theirs. So the account keeps what was set up only if the link is opened in the session
// that asked for it, or with the password. Otherwise the caller has to say that it is to
// be taken over: it loses its password, name, sessions, keys and applications. It returns
// [proof.ErrInvalid], [auth.ErrInvalidCredentials], an [*auth.InputError], and a
// [*auth.ConflictError] if another account has the address that this one is to get.
func (d *Desk) VerifyEmail(ctx context.Context, in VerifyInput) (*auth.User, error) {
	if err := d.stranger(ctx); err != nil {
		return nil, err
	}
	c, err := d.Proofs.Link(in.Proof, proof.VerifyEmail, proof.ChangeEmail)
	if err != nil {
		return nil, err
	}
	s, err := d.Store.Look(ctx, c)
	if errors.Is(err, proof.ErrInvalid) {
		return d.again(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	var userID string
	if c.Purpose == proof.ChangeEmail {
		userID, err = d.change(ctx, c)
	} else {
		userID, err = d.verify(ctx, c, s, in)
	}
	if err != nil {
		return nil, err
	}
	return d.Store.User(ctx, userID)
}

// again returns the caller's account if its link was used a moment ago, as by a double
// click, or [proof.ErrInvalid].
func (d *Desk) again(ctx context.Context, c *proof.Claim) (*auth.User, error) {
	p := auth.Caller(ctx)
	if p == nil {
		return nil, proof.ErrInvalid
	}
	used, err := d.Store.Used(ctx, c, p.ID, c.Now.Add(-pressedTwice))
	if err != nil {
		return nil, err
	}
	if !used {
		return nil, proof.ErrInvalid
	}
	return d.Store.User(ctx, p.ID)
}

// verify uses the claim on the account's present address.
func (d *Desk) verify(ctx context.Context, c *proof.Claim, s *proof.Subject, in VerifyInput) (string, error) {
	keep := s.Verified
	p := auth.Caller(ctx)
	switch {
	case keep:
	case p != nil && p.ID == s.UserID && p.SessionID != nil && *p.SessionID == s.SessionID:
		keep = true
	case in.Password != nil:
		if err := d.Sessions.Passwords.Confirm(ctx, s.UserID, *in.Password); err != nil {
			return "", err
		}
		keep = true
	case !in.Reclaim:
		return "", &auth.InputError{Field: "password", Message: "Give the account's password, or open the link where you registered. " +
			"If you did not register, send reclaim: true; the account then loses the password and all that was set up."}
	}
	if keep {
		return d.Store.VerifyByProof(ctx, c, true, "")
	}
	spare, err := d.spare(ctx, s)
	if err != nil {
		return "", err
	}
	return d.Store.VerifyByProof(ctx, c, false, spare)
}

// change uses the claim on the address that the account is to get.
func (d *Desk) change(ctx context.Context, c *proof.Claim) (string, error) {
	return d.Store.ChangeByProof(ctx, c, d.Proofs.New(proof.Request{Purpose: proof.UndoEmail}))
}

// ChangeEmail changes the caller's address, or asks for the link that does so, which is
// sent to the new one. An address that has an account is answered in the same way; its
// owner is told. It returns the errors of [auth.Accounts.ChangeEmail].
func (d *Desk) ChangeEmail(ctx context.Context, in auth.ChangeEmailInput) (*auth.User, error) {
	if !d.Rules.ConfirmChange {
		return d.Accounts.ChangeEmail(ctx, in)
	}
	p, err := d.person(ctx)
	if err != nil {
		return nil, err
	}
	u, err := d.Store.User(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	to, err := address(in.Email)
	if err != nil {
		return nil, err
	}
	old, err := email.Parse(u.Email)
	if err == nil && old.Canonical == to.Canonical { // written in another way
		return d.Accounts.ChangeEmail(ctx, in)
	}
	if err := d.Sessions.Passwords.Approve(ctx, p, in.CurrentPassword); err != nil {
		return nil, err
	}
	ask := d.Proofs.New(proof.Request{
		Purpose: proof.ChangeEmail, Key: to.Canonical, Address: to.Shown, UserID: u.ID, SessionID: *p.SessionID,
		Data: map[string]any{"email": to.Shown, "old_key": old.Canonical},
	})
	if err := d.Store.AskChange(ctx, ask, u); err != nil {
		return nil, err
	}
	return d.Store.User(ctx, u.ID)
}

// UndoEmailChange gives an account its old address back. The one who changed it may know the
// password, so that ends with all sessions and keys, and a link for a new one is sent. It
// returns [proof.ErrInvalid], and a [*auth.ConflictError] if another account has the
// address now.
func (d *Desk) UndoEmailChange(ctx context.Context, text string) error {
	if err := d.stranger(ctx); err != nil {
		return err
	}
	c, err := d.Proofs.Link(text, proof.UndoEmail)
	if err != nil {
		return err
	}
	if _, err := d.Store.Look(ctx, c); err != nil {
		return err
	}
	spare, err := d.hashOfNothing(ctx)
	if err != nil {
		return err
	}
	s, err := d.Store.UndoByProof(ctx, c, spare)
	if err != nil {
		return err
	}
	old, _ := s.Data["email"].(string)
	to, err := address(old)
	if err != nil {
		return err
	}
	_, err = d.Proofs.Request(ctx, proof.Request{Purpose: proof.ResetPassword, Key: to.Canonical, Address: to.Shown})
	return err
}
