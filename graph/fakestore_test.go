package graph

import (
	"context"
	"slices"
	"sync"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/token"
)

// A fakeStore is the store of auth, in memory. It notes calls.
type fakeStore struct {
	mu     sync.Mutex
	users  []*auth.User
	page   auth.UserPage // that was last asked for
	ended  []string
	calls  []string                // in order, by method
	faults map[string]func() error // by method: an error instead of an answer

	deadline time.Time // of the last call of User
}

func (f *fakeStore) called(method string) error {
	f.mu.Lock()
	f.calls = append(f.calls, method)
	fault := f.faults[method]
	f.mu.Unlock()
	if fault != nil {
		return fault()
	}
	return nil
}

func (f *fakeStore) find(match func(*auth.User) bool) (*auth.User, error) {
	if i := slices.IndexFunc(f.users, match); i >= 0 {
		return f.users[i], nil
	}
	return nil, auth.ErrUserNotFound
}

func (f *fakeStore) User(ctx context.Context, id string) (*auth.User, error) {
	f.mu.Lock()
	f.deadline, _ = ctx.Deadline()
	f.mu.Unlock()
	if err := f.called("User"); err != nil {
		return nil, err
	}
	return f.find(func(u *auth.User) bool { return u.ID == id })
}

func (f *fakeStore) Users(_ context.Context, page auth.UserPage) ([]*auth.User, error) {
	if err := f.called("Users"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.page = page
	f.mu.Unlock()
	return f.users[:min(page.First, len(f.users))], nil
}

func (f *fakeStore) CountUsers(context.Context, auth.UserFilter) (int, error) {
	return len(f.users), f.called("CountUsers")
}

func (f *fakeStore) ChangeUser(_ context.Context, id string, change func(*auth.User) error) (*auth.User, error) {
	if err := f.called("ChangeUser"); err != nil {
		return nil, err
	}
	u, err := f.find(func(u *auth.User) bool { return u.ID == id })
	if err != nil {
		return nil, err
	}
	changed := *u
	return &changed, change(&changed)
}

func (f *fakeStore) DeleteUser(_ context.Context, id string, allow func(*auth.User) error) error {
	if err := f.called("DeleteUser"); err != nil {
		return err
	}
	u, err := f.find(func(u *auth.User) bool { return u.ID == id })
	if err != nil {
		return err
	}
	return allow(u)
}

func (f *fakeStore) KnowsPlace(context.Context, string, client.Client) (bool, error) {
	return false, nil
}

func (f *fakeStore) CredentialByEmail(_ context.Context, key string) (*auth.Credential, error) {
	return f.credential("CredentialByEmail", func(u *auth.User) bool { return u.Email == key })
}

func (f *fakeStore) Credential(_ context.Context, id string) (*auth.Credential, error) {
	return f.credential("Credential", func(u *auth.User) bool { return u.ID == id })
}

func (f *fakeStore) credential(method string, match func(*auth.User) bool) (*auth.Credential, error) {
	if err := f.called(method); err != nil {
		return nil, err
	}
	u, err := f.find(match)
	return &auth.Credential{User: u, Hash: shared().hash}, err
}

func (f *fakeStore) UpgradeHash(context.Context, string, string, string) error {
	return f.called("UpgradeHash")
}

func (f *fakeStore) OpenSession(_ context.Context, s *auth.Session, _ string, _ auth.Lifetimes) (*auth.User, error) {
	if err := f.called("OpenSession"); err != nil {
		return nil, err
	}
	return f.find(func(u *auth.User) bool { return u.ID == s.UserID })
}

func (f *fakeStore) CreateUser(_ context.Context, c *auth.Credential, _ string, _ *auth.Session) error {
	if _, err := f.find(func(u *auth.User) bool { return u.Email == c.User.Email }); err == nil {
		return &auth.ConflictError{Field: "email", Message: "This address has an account."}
	}
	return f.called("CreateUser")
}

func (f *fakeStore) RefreshSession(_ context.Context, r *token.Refresh, _ string, _ client.Client, _ auth.Lifetimes) (*auth.Session, *auth.User, error) {
	if err := f.called("RefreshSession"); err != nil {
		return nil, nil, err
	}
	u, err := f.find(func(u *auth.User) bool { return u.ID == ann })
	return &auth.Session{ID: r.SessionID, UserID: ann, Counter: r.Counter + 1, Seed: make([]byte, token.RefreshSeedSize), CreatedAt: noon()}, u, err
}

func (f *fakeStore) EndSession(_ context.Context, id string) error {
	f.ended = append(f.ended, id)
	return f.called("EndSession")
}

func (f *fakeStore) EndSessionOf(_ context.Context, r *token.Refresh) error {
	f.ended = append(f.ended, r.SessionID)
	return f.called("EndSessionOf")
}

func (f *fakeStore) ReplacePassword(_ context.Context, r auth.Replacement) (*auth.Session, *auth.User, error) {
	if err := f.called("ReplacePassword"); err != nil {
		return nil, nil, err
	}
	u, err := f.find(func(u *auth.User) bool { return u.ID == r.UserID })
	return &auth.Session{ID: r.SessionID, UserID: r.UserID, Seed: r.Seed, Generation: 1, CreatedAt: noon()}, u, err
}

func (f *fakeStore) LivingSessions(_ context.Context, userID string, _ auth.Lifetimes, _ int) ([]*auth.Session, error) {
	return []*auth.Session{{ID: userID, UserID: userID, CreatedAt: noon(), LastUsedAt: noon()}}, f.called("LivingSessions")
}

func (f *fakeStore) RevokeSession(_ context.Context, _, id string) error {
	f.ended = append(f.ended, id)
	return f.called("RevokeSession")
}

func (f *fakeStore) RevokeSessions(_ context.Context, userID, except string) (int, error) {
	f.ended = append(f.ended, userID+" but "+except)
	return 2, f.called("RevokeSessions")
}
