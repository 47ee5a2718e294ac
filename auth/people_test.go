package auth

import (
	"context"
	"testing"
)

// people is a UserStore and a CredentialStore in memory. What it does not have is ErrNotFound.
type people struct {
	byID map[string]*Credential
	keys map[string]string // id by canonical address

	homes    map[string][]string // addresses of logins, by canonical address
	upgraded []string            // hashes
	between  func()              // runs before a hash is upgraded
	err      error               // what it answers, if not nil
}

func newPeople(all ...*Credential) *people {
	p := &people{byID: map[string]*Credential{}, keys: map[string]string{}}
	for _, c := range all {
		address, err := ParseEmail("", c.User.Email)
		if err != nil {
			panic(err)
		}
		p.byID[c.User.ID], p.keys[address.Key] = c, c.User.ID
	}
	return p
}

func (p *people) Credential(_ context.Context, id string) (*Credential, error) {
	c, ok := p.byID[id]
	switch {
	case p.err != nil:
		return nil, p.err
	case !ok:
		return nil, ErrNotFound
	}
	user := *c.User
	return &Credential{User: &user, Hash: c.Hash}, nil
}

func (p *people) CredentialByEmail(ctx context.Context, key string) (*Credential, error) {
	return p.Credential(ctx, p.keys[key])
}

func (p *people) LoginAddresses(_ context.Context, key string) ([]string, error) {
	return p.homes[key], p.err
}

func (p *people) UpgradeHash(_ context.Context, id, old, hash string) error {
	if p.between != nil {
		p.between()
	}
	if c := p.byID[id]; c.Hash == old {
		c.Hash = hash
		p.upgraded = append(p.upgraded, hash)
	}
	return nil
}

func (p *people) User(ctx context.Context, id string) (*User, error) {
	c, err := p.Credential(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.User, nil
}

func (p *people) Users(context.Context, UserPage) ([]*User, error)    { return nil, p.err }
func (p *people) CountUsers(context.Context, UserFilter) (int, error) { return len(p.byID), p.err }

func (p *people) ChangeUser(ctx context.Context, id string, change func(*User) error) (*User, error) {
	u, err := p.User(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := change(u); err != nil {
		return nil, err
	}
	p.byID[id].User = u
	return u, nil
}

func (p *people) DeleteUser(ctx context.Context, id string, allow func(*User) error) error {
	u, err := p.User(ctx, id)
	if err != nil {
		return err
	}
	if err := allow(u); err != nil {
		return err
	}
	delete(p.byID, id)
	return nil
}

// someone is an account with the password horse.
func someone(id, email string, roles ...string) *Credential {
	return &Credential{User: &User{ID: id, Email: email, Roles: roles}, Hash: cheap(horse)}
}

func newAccounts(t *testing.T, all ...*Credential) (*Accounts, *people) {
	store := newPeople(all...)
	return &Accounts{Store: store, Passwords: &Passwords{Store: store, Hasher: newHasher(t)}, Live: liveWith(newClock())}, store
}
