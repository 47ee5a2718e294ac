package operator

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/email"
	"gatehouse/auth/password"
)

const (
	ada = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"
	bob = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d64"

	horse    = "correct horse battery staple"
	newHorse = "a different horse, same stable"
)

// now is a fixed time.
func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// fakeUserStore has accounts in memory, and can look them up. For an unknown one it
// returns ErrUserNotFound.
type fakeUserStore struct {
	auth.UserStore // not implemented
	byID           map[string]*auth.Credential
	byEmail        map[string]string // ids by canonical email
}

func newFakeUserStore(all ...*auth.Credential) *fakeUserStore {
	s := &fakeUserStore{byID: map[string]*auth.Credential{}, byEmail: map[string]string{}}
	for _, c := range all {
		address, err := email.Parse(c.User.Email)
		if err != nil {
			panic(err)
		}
		s.byID[c.User.ID], s.byEmail[address.Canonical] = c, c.User.ID
	}
	return s
}

func (s *fakeUserStore) User(_ context.Context, id string) (*auth.User, error) {
	c, ok := s.byID[id]
	if !ok {
		return nil, auth.ErrUserNotFound
	}
	user := *c.User
	return &user, nil
}

// account returns an account that nobody logs in to.
func account(id, email string, roles ...string) *auth.Credential {
	return &auth.Credential{User: &auth.User{ID: id, Email: email, Roles: roles}}
}

func newOperator(t *testing.T, all ...*auth.Credential) (*Operator, *fakeOperatorStore) {
	t.Helper()
	hasher, err := password.NewHasher(password.Argon2id, 2, 64)
	if err != nil {
		t.Fatal(err)
	}
	passwords := &auth.Passwords{Hasher: hasher, Rules: password.Rules{MinLength: 12}}
	store := &fakeOperatorStore{fakeUserStore: newFakeUserStore(all...)}
	return &Operator{Store: store, Accounts: &auth.Accounts{Store: store}, Passwords: passwords, Now: now}, store
}

// field returns the field that an InputError names, or "" for no error.
func field(t *testing.T, err error) string {
	t.Helper()
	var input *auth.InputError
	if err != nil && !errors.As(err, &input) {
		t.Fatalf("error %v; want an InputError", err)
	}
	if input == nil {
		return ""
	}
	return input.Field
}

// refusedField returns the value that an InputError or a ConflictError names.
func refusedField(err error) string {
	var input *auth.InputError
	var conflict *auth.ConflictError
	switch {
	case errors.As(err, &input):
		return input.Field
	case errors.As(err, &conflict):
		return conflict.Field
	default:
		return ""
	}
}
