package bymail

import (
	"context"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// RequestRegistration sends the address a link that makes an account. If it has one, the
// mail says so. It returns an [*auth.InputError] if it is not an address, [auth.ErrNotOffered],
// [ErrNotPerson] and [auth.ErrRegistrationClosed].
func (d *Desk) RequestRegistration(ctx context.Context, in MailInput) error {
	if d.Rules.Registration != RegistrationByEmail {
		return auth.ErrRegistrationClosed
	}
	_, err := d.request(ctx, proof.Registration, in, map[string]any{"email": in.Email})
	return err
}

// RegistrationInput makes an account for the address that a link was sent to.
type RegistrationInput struct {
	Proof    string
	Password string
	Name     *string
}

// FinishRegistration makes an account, whose address is proved, and logs it in. It returns
// [proof.ErrInvalid], an [*auth.InputError], and a [*auth.ConflictError] if an account has
// the address.
func (d *Desk) FinishRegistration(ctx context.Context, in RegistrationInput) (*auth.Tokens, error) {
	if d.Rules.Registration != RegistrationByEmail {
		return nil, auth.ErrRegistrationClosed
	}
	if err := d.stranger(ctx); err != nil {
		return nil, err
	}
	c, err := d.Proofs.Link(in.Proof, proof.Registration)
	if err != nil {
		return nil, err
	}
	s, err := d.Store.Look(ctx, c)
	if err != nil {
		return nil, err
	}
	return d.register(ctx, c, s, in, nil)
}

// register makes an account for the address of the claim.
func (d *Desk) register(ctx context.Context, c *proof.Claim, s *proof.Subject, in RegistrationInput, allow Allow) (*auth.Tokens, error) {
	to, _ := s.Data["email"].(string)
	credential, _, err := d.Sessions.Passwords.NewCredential(ctx, auth.NewUser{
		Email: to, Name: in.Name, Password: in.Password, Roles: []string{auth.RoleUser},
	}, d.Sessions.Now())
	if err != nil {
		return nil, err
	}
	credential.User.EmailVerified = true // as the proof shows
	return d.Sessions.Begin(ctx, credential.User, []string{"pwd"}, nil, func(session *auth.Session) (*auth.User, error) {
		if err := d.Store.RegisterByProof(ctx, c, credential, session, allow); err != nil {
			return nil, err
		}
		credential.User.LastLoginAt = &credential.User.CreatedAt
		return credential.User, nil
	})
}
