package bymail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/email"
	"gatehouse/auth/proof"
)

// maxInvitations is how many invitations a list holds at most.
const maxInvitations = 100

// An Invitation lets the reader of an address make an account, or gives theirs roles.
type Invitation struct {
	ID        string
	Email     string
	Roles     []string
	InviterID *string // nil for the command line
	CreatedAt time.Time
	ExpiresAt time.Time
}

// InviteInput invites the reader of an address.
type InviteInput struct {
	Email  string
	Roles  []string // none: the role user
	Locale *string
}

// Invite sends an invitation to the address. If one is open, its link stays, with these
// roles. The caller needs every scope that they grant. It returns [auth.ErrRank], [auth.ErrNotOffered],
// [ErrNotPerson], [auth.ErrRegistrationClosed], and an [*auth.InputError].
func (d *Desk) Invite(ctx context.Context, in InviteInput) (*Invitation, error) {
	p, err := d.person(ctx)
	if err != nil {
		return nil, err
	}
	if d.Rules.Registration == RegistrationClosed {
		return nil, auth.ErrRegistrationClosed
	}
	roles, err := d.rolesOf(in)
	if err != nil {
		return nil, err
	}
	if err := d.Accounts.CheckRank(ctx, &auth.User{ID: p.ID, Roles: roles}); err != nil {
		return nil, err
	}
	return d.invite(ctx, in, roles, p.ID)
}

// InviteAsOperator is Invite for the command line, to which ranks don't apply.
func (d *Desk) InviteAsOperator(ctx context.Context, in InviteInput) (*Invitation, error) {
	if err := d.on(); err != nil {
		return nil, err
	}
	roles, err := d.rolesOf(in)
	if err != nil {
		return nil, err
	}
	return d.invite(ctx, in, roles, "")
}

func (d *Desk) invite(ctx context.Context, in InviteInput, roles []string, inviterID string) (*Invitation, error) {
	to, err := address(in.Email)
	if err != nil {
		return nil, err
	}
	locale, err := language(in.Locale)
	if err != nil {
		return nil, err
	}
	open, err := d.Proofs.Request(ctx, proof.Request{
		Purpose: proof.Invitation, Key: to.Canonical, Address: to.Shown, Locale: locale,
		Data: map[string]any{"email": to.Shown, "roles": roles, "inviter": inviterID},
	})
	if err != nil {
		return nil, err
	}
	made := &Invitation{ID: open.ID, Email: to.Shown, Roles: roles, CreatedAt: open.CreatedAt, ExpiresAt: open.ExpiresAt}
	if inviterID != "" {
		made.InviterID = &inviterID
	}
	return made, nil
}

// rolesOf returns the roles that are offered.
func (d *Desk) rolesOf(in InviteInput) ([]string, error) {
	roles := auth.WithRoles(in.Roles, nil)
	if len(roles) == 0 {
		roles = []string{auth.RoleUser}
	}
	for _, role := range roles {
		if !d.Accounts.Revocations.HasRole(role) {
			return nil, &auth.InputError{Field: "roles", Message: fmt.Sprintf("The role %q does not exist.", role)}
		}
	}
	return roles, auth.CheckRoles(roles)
}

// Invitations returns the open invitations, the newest first, at most first: 0 to 100,
// the default. It returns an [*auth.InputError] if first is out of range.
func (d *Desk) Invitations(ctx context.Context, first *int) ([]*Invitation, error) {
	limit := maxInvitations
	if first != nil {
		limit = *first
	}
	if limit < 0 || limit > maxInvitations {
		return nil, &auth.InputError{Field: "first", Message: "The list holds 0 to 100 invitations."}
	}
	return d.Store.Invitations(ctx, d.Proofs.Now(), limit)
}

// RevokeInvitation ends an invitation, and returns its id. It returns
// [ErrInvitationNotFound], [ErrNotPerson], and an [*auth.InputError] if the id is not a
// UUID.
func (d *Desk) RevokeInvitation(ctx context.Context, id string) (string, error) {
	if _, err := d.person(ctx); err != nil {
		return "", err
	}
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", &auth.InputError{Field: "id", Message: "An id is a UUID, such as 0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63."}
	}
	return parsed.String(), d.Store.RevokeInvitation(ctx, parsed.String(), d.Proofs.Now())
}

// AcceptInput accepts an invitation.
type AcceptInput struct {
	Proof    string
	Password *string // of the new account; not needed for an account that exists
	Name     *string
}

// AcceptInvitation makes an account for the address that was invited, or gives the
// caller's, if it has that address, the roles of the invitation. It opens a session. The
// inviter must still be able to give the roles. It returns [proof.ErrInvalid], an
// [*auth.InputError], and a [*auth.ConflictError] if an account has the address and the
// caller is not logged in to it.
func (d *Desk) AcceptInvitation(ctx context.Context, in AcceptInput) (*auth.Tokens, error) {
	if err := d.stranger(ctx); err != nil {
		return nil, err
	}
	c, err := d.Proofs.Link(in.Proof, proof.Invitation)
	if err != nil {
		return nil, err
	}
	s, err := d.Store.Look(ctx, c)
	if err != nil {
		return nil, err
	}
	if s.Email != "" {
		return d.join(ctx, c, s)
	}
	if d.Rules.Registration == RegistrationClosed {
		return nil, auth.ErrRegistrationClosed
	}
	if in.Password == nil {
		return nil, &auth.InputError{Field: "password", Message: "Choose a password for the new account."}
	}
	return d.register(ctx, c, s, RegistrationInput{Password: *in.Password, Name: in.Name}, d.mayGive)
}

// join gives the caller's account the roles of an invitation.
func (d *Desk) join(ctx context.Context, c *proof.Claim, s *proof.Subject) (*auth.Tokens, error) {
	other := &auth.ConflictError{Field: "email", Message: "An account with this email address exists. Log in to it, and accept the invitation again."}
	p := auth.Caller(ctx)
	if p == nil {
		return nil, other
	}
	u, err := d.Store.User(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if own, err := email.Parse(u.Email); err != nil || own.Canonical != s.Key {
		return nil, other
	}
	u.EmailVerified = true // as the proof shows
	return d.Sessions.Begin(ctx, u, joined(p), nil, func(session *auth.Session) (*auth.User, error) {
		if err := d.Store.JoinByProof(ctx, c, session, d.Sessions.Life, d.mayGive); err != nil {
			return nil, err
		}
		return d.Store.User(ctx, u.ID)
	})
}

// joined is how a person was authenticated who accepts an invitation in a session of theirs.
func joined(p *auth.Principal) []string {
	if p.Factors > 1 {
		return p.AMR
	}
	return byMail
}

// mayGive is an [Allow].
func (d *Desk) mayGive(inviter *auth.User, roles []string) error {
	err := d.Accounts.CheckGiver(inviter, roles)
	if errors.Is(err, auth.ErrRank) {
		return fmt.Errorf("%w: %w", proof.ErrInvalid, err)
	}
	return err
}
