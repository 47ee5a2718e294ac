package graph

import (
	"context"
	"slices"
	"sync"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

// A memory is a store that forgets everything in the end.
type memory struct {
	mu     sync.Mutex
	users  []*auth.User
	ended  []string
	calls  []string                // in order, by method
	faults map[string]func() error // by method: what it answers instead

	deadline time.Time // that User had last
}

func (m *memory) called(method string) error {
	m.mu.Lock()
	m.calls = append(m.calls, method)
	fault := m.faults[method]
	m.mu.Unlock()
	if fault != nil {
		return fault()
	}
	return nil
}

func (m *memory) find(match func(*auth.User) bool) (*auth.User, error) {
	if i := slices.IndexFunc(m.users, match); i >= 0 {
		return m.users[i], nil
	}
	return nil, auth.ErrUserNotFound
}

func (m *memory) User(ctx context.Context, id string) (*auth.User, error) {
	m.mu.Lock()
	m.deadline, _ = ctx.Deadline()
	m.mu.Unlock()
	if err := m.called("User"); err != nil {
		return nil, err
	}
	return m.find(func(u *auth.User) bool { return u.ID == id })
}

func (m *memory) Users(_ context.Context, page auth.UserPage) ([]*auth.User, error) {
	if err := m.called("Users"); err != nil {
		return nil, err
	}
	return m.users[:min(page.First, len(m.users))], nil
}

func (m *memory) CountUsers(context.Context, auth.UserFilter) (int, error) {
	return len(m.users), m.called("CountUsers")
}

func (m *memory) ChangeUser(_ context.Context, id string, change func(*auth.User) error) (*auth.User, error) {
	if err := m.called("ChangeUser"); err != nil {
		return nil, err
	}
	u, err := m.find(func(u *auth.User) bool { return u.ID == id })
	if err != nil {
		return nil, err
	}
	changed := *u
	return &changed, change(&changed)
}

func (m *memory) DeleteUser(_ context.Context, id string, allow func(*auth.User) error) error {
	if err := m.called("DeleteUser"); err != nil {
		return err
	}
	u, err := m.find(func(u *auth.User) bool { return u.ID == id })
	if err != nil {
		return err
	}
	return allow(u)
}

func (m *memory) LoginIPs(context.Context, string) ([]string, error) { return nil, nil }

func (m *memory) CredentialByEmail(_ context.Context, key string) (*auth.Credential, error) {
	return m.credential("CredentialByEmail", func(u *auth.User) bool { return u.Email == key })
}

func (m *memory) Credential(_ context.Context, id string) (*auth.Credential, error) {
	return m.credential("Credential", func(u *auth.User) bool { return u.ID == id })
}

func (m *memory) credential(method string, match func(*auth.User) bool) (*auth.Credential, error) {
	if err := m.called(method); err != nil {
		return nil, err
	}
	u, err := m.find(match)
	return &auth.Credential{User: u, Hash: costly().hash}, err
}

func (m *memory) UpgradeHash(context.Context, string, string, string) error {
	return m.called("UpgradeHash")
}

func (m *memory) OpenSession(_ context.Context, s *auth.Session, _ string, _ auth.Lifetimes) (*auth.User, error) {
	if err := m.called("OpenSession"); err != nil {
		return nil, err
	}
	return m.find(func(u *auth.User) bool { return u.ID == s.UserID })
}

func (m *memory) CreateUser(_ context.Context, c *auth.Credential, _ string, _ *auth.Session) error {
	if _, err := m.find(func(u *auth.User) bool { return u.Email == c.User.Email }); err == nil {
		return &auth.ConflictError{Field: "email", Message: "This address has an account."}
	}
	return m.called("CreateUser")
}

func (m *memory) RefreshSession(_ context.Context, r *token.Refresh, _ auth.Client, _ auth.Lifetimes) (*auth.Session, *auth.User, error) {
	if err := m.called("RefreshSession"); err != nil {
		return nil, nil, err
	}
	u, err := m.find(func(u *auth.User) bool { return u.ID == ann })
	return &auth.Session{ID: r.SessionID, UserID: ann, Counter: r.Counter + 1, Seed: make([]byte, token.RefreshSeedSize), CreatedAt: noon()}, u, err
}

func (m *memory) EndSession(_ context.Context, id string) error {
	m.ended = append(m.ended, id)
	return m.called("EndSession")
}

func (m *memory) EndSessionOf(_ context.Context, r *token.Refresh) error {
	m.ended = append(m.ended, r.SessionID)
	return m.called("EndSessionOf")
}

func (m *memory) ReplacePassword(_ context.Context, id, _, _, session string, seed []byte) (*auth.Session, *auth.User, error) {
	if err := m.called("ReplacePassword"); err != nil {
		return nil, nil, err
	}
	u, err := m.find(func(u *auth.User) bool { return u.ID == id })
	return &auth.Session{ID: session, UserID: id, Seed: seed, Generation: 1, CreatedAt: noon()}, u, err
}

func (m *memory) LivingSessions(_ context.Context, userID string, _ auth.Lifetimes, _ int) ([]*auth.Session, error) {
	return []*auth.Session{{ID: userID, UserID: userID, CreatedAt: noon(), LastUsedAt: noon()}}, m.called("LivingSessions")
}

func (m *memory) RevokeSession(_ context.Context, _, id string) error {
	m.ended = append(m.ended, id)
	return m.called("RevokeSession")
}

func (m *memory) RevokeSessions(_ context.Context, userID, except string) (int, error) {
	m.ended = append(m.ended, userID+" but "+except)
	return 2, m.called("RevokeSessions")
}
