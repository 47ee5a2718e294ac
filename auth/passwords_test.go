package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/password"
)

// A counted context counts hashes: before each one the hasher asks once whether the
// context has ended.
type counted struct {
	context.Context
	begun *int
	end   int // the hash that finds the context ended; 0 for none
}

func (c counted) Err() error {
	if *c.begun++; *c.begun == c.end {
		return context.Canceled
	}
	return c.Context.Err()
}

func newPasswords(t *testing.T, all ...*Credential) (*Passwords, *fakeUserStore) {
	t.Helper()
	store := newFakeUserStore(all...)
	return &Passwords{Store: store, Hasher: newHasher(t), Rules: password.Rules{MinLength: 12}, Now: newClock().now}, store
}

// standard returns the hash of the password as the hasher makes it for storage.
func standard(t *testing.T, p *Passwords, password string) string {
	t.Helper()
	hash, err := p.Hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestEachRefusedLoginLooksTheSame(t *testing.T) {
	a, b := account(ada, "ada@example.com", "user"), account(bob, "bob@example.com", "user")
	b.User.Disabled = true
	p, _ := newPasswords(t, a, b)
	a.Hash = standard(t, p, horse)
	b.Hash = a.Hash
	tests := []struct {
		name, email, typed string
		want               error
	}{
		{"wrong password", "ada@example.com", newHorse, ErrInvalidCredentials},
		{"empty password", "ada@example.com", "", ErrInvalidCredentials},
		{"password in other case", "ada@example.com", strings.ToUpper(horse), ErrInvalidCredentials},
		{"password with a space", "ada@example.com", horse + " ", ErrInvalidCredentials},
		{"password with a NUL", "ada@example.com", horse + "\x00", ErrInvalidCredentials},
		{"huge password", "ada@example.com", strings.Repeat(horse, 1<<15), ErrInvalidCredentials},
		{"unknown email", "eve@example.com", horse, ErrInvalidCredentials},
		{"unknown email, huge password", "eve@example.com", strings.Repeat(horse, 1<<15), ErrInvalidCredentials},
		{"disabled account", "bob@example.com", horse, ErrInvalidCredentials},
		{"disabled account, wrong password", "bob@example.com", newHorse, ErrInvalidCredentials},
		{"no email", "", horse, ErrInvalidCredentials},
		{"malformed email", "ada@@example.com", horse, ErrInvalidCredentials},
		{"email with a NUL", "ada@example.com\x00", horse, ErrInvalidCredentials},
		{"huge email", strings.Repeat("a", 1<<20) + "@example.com", horse, ErrInvalidCredentials},
		{"right", "ada@example.com", horse, nil},
		{"right, email in other case", " ADA@Example.COM ", horse, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var begun int
			c, err := p.check(counted{t.Context(), &begun, 0}, tt.email, tt.typed, nil)
			if err != tt.want { //nolint:errorlint // it must not even wrap something else
				t.Errorf("error %v; want %v", err, tt.want)
			}
			if (c != nil) != (tt.want == nil) {
				t.Errorf("credential %v beside error %v", c, err)
			}
			if begun != 1 {
				t.Errorf("%d hashes; want 1", begun)
			}
		})
	}
}

func TestLoginUpgradesTheHash(t *testing.T) {
	tests := []struct {
		name, typed string
		disabled    bool
		end         int // the hash that is not made
		want        error
		upgraded    int
	}{
		{"wrong password", newHorse, false, 0, ErrInvalidCredentials, 0},
		{"disabled", horse, true, 0, ErrInvalidCredentials, 0},
		{"right", horse, false, 0, nil, 1},
		{"right, but no time to hash it", horse, false, 2, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := account(ada, "ada@example.com", "user")
			a.User.Disabled = tt.disabled
			p, store := newPasswords(t, a)
			c, err := p.check(counted{t.Context(), new(int), tt.end}, "ada@example.com", tt.typed, nil)
			if !errors.Is(err, tt.want) || len(store.upgraded) != tt.upgraded {
				t.Fatalf("error %v, upgraded %d times; want %v, %d", err, len(store.upgraded), tt.want, tt.upgraded)
			}
			if tt.want != nil {
				return
			}
			if stored := store.byID[ada].Hash; c.Hash != stored {
				t.Error("the session would be opened with a hash that is not the stored one")
			}
			var begun int
			if _, err := p.check(counted{t.Context(), &begun, 0}, "ada@example.com", horse, nil); err != nil {
				t.Errorf("the next login: %v", err)
			}
			if want := 2 - tt.upgraded; begun != want {
				t.Errorf("the next login hashed %d times; want %d", begun, want)
			}
		})
	}
}

// A password works in whichever form a system sends it. The hash of a form that is
// not NFC, as older ones are, is replaced.
func TestLoginInAnyForm(t *testing.T) {
	const composed, decomposed = "ch\u00e2teau fort \u00e9gar\u00e9", "cha\u0302teau fort e\u0301gare\u0301"
	tests := []struct {
		name, set, typed string
		upgraded         int
		want             error
	}{
		{"wrong", composed, decomposed + "\u0301", 0, ErrInvalidCredentials},
		{"without the accents", decomposed, "chateau fort egare", 0, ErrInvalidCredentials},
		{"composed, old hash", composed, composed, 1, nil},
		{"decomposed, hash of the composed", composed, decomposed, 1, nil},
		{"decomposed, old hash of it", decomposed, decomposed, 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := account(ada, "ada@example.com", "user")
			a.Hash = cheap(tt.set)
			p, store := newPasswords(t, a)
			_, err := p.check(t.Context(), "ada@example.com", tt.typed, nil)
			if !errors.Is(err, tt.want) || len(store.upgraded) != tt.upgraded {
				t.Fatalf("error %v, upgraded %d times; want %v, %d", err, len(store.upgraded), tt.want, tt.upgraded)
			}
			if err != nil {
				return
			}
			for _, form := range []string{composed, decomposed} {
				if _, err := p.check(t.Context(), "ada@example.com", form, nil); err != nil {
					t.Errorf("the next login with %+q: %v", form, err)
				}
			}
			if len(store.upgraded) != tt.upgraded {
				t.Errorf("upgraded %d times after all; want %d", len(store.upgraded), tt.upgraded)
			}
		})
	}
}

// If two logins find the old hash, the one that comes second to upgrade it succeeds
// as well.
func TestTwoLoginsUpgradeAtOnce(t *testing.T) {
	tests := []struct {
		name, meanwhile string // the password when this login comes to upgrade it
		want            error
	}{
		{"upgraded by another login", horse, nil},
		{"changed", newHorse, ErrInvalidCredentials},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, store := newPasswords(t, account(ada, "ada@example.com", "user"))
			other := standard(t, p, tt.meanwhile)
			store.between = func() { store.byID[ada].Hash = other }
			c, err := p.check(t.Context(), "ada@example.com", horse, nil)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v; want %v", err, tt.want)
			}
			if err == nil && c.Hash != other {
				t.Error("the session would be opened with a hash that is not the stored one")
			}
		})
	}
}

// A held context keeps a hash from ending until it is released.
type held struct {
	context.Context
	begun, release chan struct{}
}

func (h held) Done() <-chan struct{} {
	close(h.begun)
	<-h.release
	return h.Context.Done()
}

func TestFullQueueIsUnavailable(t *testing.T) {
	p, _ := newPasswords(t, account(ada, "ada@example.com", "user"))
	hasher, err := password.NewHasher(password.Argon2id, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	p.Hasher = hasher
	h, done := held{t.Context(), make(chan struct{}), make(chan struct{})}, make(chan error)
	go func() {
		_, err := p.check(h, "eve@example.com", horse, nil)
		done <- err
	}()
	<-h.begun
	operations := map[string]func() error{
		"right":     func() error { _, err := p.check(t.Context(), "ada@example.com", horse, nil); return err },
		"unknown":   func() error { _, err := p.check(t.Context(), "eve@example.com", horse, nil); return err },
		"malformed": func() error { _, err := p.check(t.Context(), "eve", horse, nil); return err },
		"confirm":   func() error { _, err := p.confirm(t.Context(), ada, horse); return err },
		"choose":    func() error { _, err := p.Hash(t.Context(), "password", newHorse, &User{}); return err },
	}
	for name, operation := range operations {
		if err := operation(); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrInvalidCredentials) {
			t.Errorf("%s: error %v; want ErrUnavailable", name, err)
		}
	}
	close(h.release)
	if err := <-done; !errors.Is(err, ErrInvalidCredentials) {
		t.Errorf("the login that was being hashed: %v; want ErrInvalidCredentials", err)
	}
	if _, err := p.confirm(t.Context(), ada, horse); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestStoreAwayIsNotAWrongPassword(t *testing.T) {
	p, store := newPasswords(t, account(ada, "ada@example.com", "user"))
	store.err = ErrUnavailable
	if _, err := p.check(t.Context(), "ada@example.com", horse, nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("check: %v; want ErrUnavailable", err)
	}
	if _, err := p.confirm(t.Context(), ada, horse); !errors.Is(err, ErrUnavailable) {
		t.Errorf("confirm: %v; want ErrUnavailable", err)
	}
}

func TestNewCredential(t *testing.T) {
	name := "  Ada  "
	long := strings.Repeat("a", 201)
	at := newClock().at.Add(1234)
	tests := []struct {
		name, email, typed string
		person             *string
		field              string
	}{
		{"bad email", "ada", horse, nil, "email"},
		{"bad name", "ada@example.com", horse, &long, "name"},
		{"short password", "ada@example.com", "x7#kQ", nil, "password"},
		{"common password", "ada@example.com", "password1234", nil, "password"},
		{"password of 129 characters", "ada@example.com", strings.Repeat("correct horse", 10)[:129], nil, "password"},
		{"password with a NUL", "ada@example.com", horse + "\x00", nil, "password"},
		{"email as password", "ada.lovelace@example.com", "Ada.Lovelace@example.com1", nil, "password"},
		{"good", " Ada@Example.COM", horse, &name, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newPasswords(t)
			c, canonicalEmail, err := p.NewCredential(t.Context(), NewUser{tt.email, tt.person, tt.typed, []string{RoleUser}}, at)
			if got := field(t, err); got != tt.field {
				t.Fatalf("refused for %q; want %q", got, tt.field)
			}
			if err != nil {
				if strings.Contains(err.Error(), tt.typed) {
					t.Errorf("the refusal repeats the password: %v", err)
				}
				return
			}
			u := c.User
			if canonicalEmail != "ada@example.com" || u.Email != "Ada@Example.COM" || *u.Name != "Ada" || !slices.Equal(u.Roles, []string{RoleUser}) {
				t.Errorf("account %+v with the canonical email %q", u, canonicalEmail)
			}
			if u.EmailVerified || u.Disabled || u.LastLoginAt != nil || !u.CreatedAt.Equal(newClock().at.Add(1000)) || u.UpdatedAt != u.CreatedAt {
				t.Errorf("new account is %+v", u)
			}
			if match, _, err := p.Hasher.Verify(t.Context(), horse, c.Hash); !match || err != nil {
				t.Errorf("the hash is not that of the password: %v", err)
			}
			if id, err := parseID("id", u.ID); err != nil || id[14] != '7' {
				t.Errorf("id %q; want a UUIDv7", u.ID)
			}
		})
	}
}
