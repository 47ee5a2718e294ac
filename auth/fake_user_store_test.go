package auth

import (
	"context"
	"slices"
	"testing"

	"gatehouse/auth/client"
)

// fakeUserStore is a UserStore and a CredentialStore in memory. For an unknown account
// it returns ErrUserNotFound.
type fakeUserStore struct {
	byID    map[string]*Credential
	byEmail map[string]string // ids by canonical email

	ips      map[string][]string // of logins, by canonical email
	upgraded []string            // hashes
	between  func()              // runs before a hash is upgraded
	err      error               // returned by every call, if not nil
}

func newFakeUserStore(all ...*Credential) *fakeUserStore {
	p := &fakeUserStore{byID: map[string]*Credential{}, byEmail: map[string]string{}}
	for _, c := range all {
		address, err := parseEmail(c.User.Email)
		if err != nil {
			panic(err)
		}
		p.byID[c.User.ID], p.byEmail[address.Canonical] = c, c.User.ID
	}
	return p
}

func (p *fakeUserStore) Credential(_ context.Context, id string) (*Credential, error) {
	c, ok := p.byID[id]
	switch {
	case p.err != nil:
		return nil, p.err
	case !ok:
		return nil, ErrUserNotFound
	}
	user := *c.User
	return &Credential{User: &user, Hash: c.Hash}, nil
}

func (p *fakeUserStore) CredentialByEmail(ctx context.Context, email string) (*Credential, error) {
	return p.Credential(ctx, p.byEmail[email])
}

func (p *fakeUserStore) KnowsPlace(_ context.Context, email string, c client.Client) (bool, error) {
	return slices.ContainsFunc(p.ips[email], func(ip string) bool { return client.Client{IP: ip}.Prefix48() == c.Prefix48() }), p.err
}

func (p *fakeUserStore) UpgradeHash(_ context.Context, id, old, hash string) error {
	if p.between != nil {
		p.between()
	}
	if c := p.byID[id]; c.Hash == old {
		c.Hash = hash
		p.upgraded = append(p.upgraded, hash)
	}
	return nil
}

func (p *fakeUserStore) User(ctx context.Context, id string) (*User, error) {
	c, err := p.Credential(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.User, nil
}

func (p *fakeUserStore) Users(context.Context, UserPage) ([]*User, error) { return nil, p.err }
func (p *fakeUserStore) CountUsers(context.Context, UserFilter) (int, error) {
	return len(p.byID), p.err
}

func (p *fakeUserStore) ChangeUser(ctx context.Context, id string, change func(*User) error) (*User, error) {
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

func (p *fakeUserStore) DeleteUser(ctx context.Context, id string, allow func(*User) error) error {
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

// account returns an account with the password horse.
func account(id, email string, roles ...string) *Credential {
	return &Credential{User: &User{ID: id, Email: email, Roles: roles}, Hash: cheap(horse)}
}

func newAccounts(t *testing.T, all ...*Credential) (*Accounts, *fakeUserStore) {
	store := newFakeUserStore(all...)
	return &Accounts{Store: store, Passwords: &Passwords{Store: store, Hasher: newHasher(t), Now: newClock().now}, Revocations: newRevocations(newClock())}, store
}
