package bymail

import (
	"context"
	"errors"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// RequestPasswordReset sends a link for a new password to the address, if an account has
// it. It returns an [*auth.InputError] if it is not an address, [auth.ErrNotOffered] and
// [ErrNotPerson].
func (d *Desk) RequestPasswordReset(ctx context.Context, in MailInput) error {
	_, err := d.request(ctx, proof.ResetPassword, in, sender(ctx))
	return err
}

// SendPasswordReset sends an account the link for a new password on the caller's behalf,
// who has to outrank it and never sees the link. It returns [auth.ErrRank],
// [auth.ErrUserNotFound], [auth.ErrNotOffered], [ErrNotPerson] and an [*auth.InputError].
func (d *Desk) SendPasswordReset(ctx context.Context, userID string) error {
	if _, err := d.person(ctx); err != nil {
		return err
	}
	u, err := d.Accounts.User(ctx, userID)
	if input := (*auth.InputError)(nil); errors.As(err, &input) {
		return &auth.InputError{Field: "userId", Message: input.Message}
	}
	if err != nil {
		return err
	}
	if err := d.Accounts.CheckRank(ctx, u); err != nil {
		return err
	}
	if u.Kind == auth.Service {
		return &auth.InputError{Field: "userId", Message: "A service account has no password."}
	}
	to, err := address(u.Email)
	if err != nil {
		return err
	}
	_, err = d.Proofs.Request(ctx, proof.Request{Purpose: proof.ResetPassword, Key: to.Canonical, Address: to.Shown})
	return err
}

// ResetInput chooses a new password.
type ResetInput struct {
	Proof       string
	NewPassword string
}

// ResetPassword sets a new password, and ends the account's sessions. It opens none. It
// returns [proof.ErrInvalid], an [*auth.InputError] if the password is not accepted, and
// [auth.ErrLastAdmin].
func (d *Desk) ResetPassword(ctx context.Context, in ResetInput) error {
	if err := d.stranger(ctx); err != nil {
		return err
	}
	c, err := d.Proofs.Link(in.Proof, proof.ResetPassword)
	if err != nil {
		return err
	}
	s, err := d.Store.Look(ctx, c)
	if err != nil {
		return err
	}
	hash, err := d.Sessions.Passwords.Hash(ctx, "newPassword", in.NewPassword, &auth.User{Email: s.Email, Name: s.Name})
	if err != nil {
		return err
	}
	userID, err := d.Store.ResetByProof(ctx, c, hash)
	if err != nil {
		return err
	}
	if d.Sessions.PasswordChanged != nil {
		d.Sessions.PasswordChanged(&auth.User{ID: userID})
	}
	return nil
}
