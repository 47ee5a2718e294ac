package store_test

import (
	"context"
	"errors"
	"testing"

	"gatehouse/auth"
)

func TestManyRefreshesOfOneToken(t *testing.T) {
	tests := []struct {
		name           string
		atOnce, rounds int
	}{
		{"two", 2, rounds},
		{"thirty-two", 32, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one := newReplica(t)
			two := replicaOn(t, one.dsn)
			two.secrets = one.secrets
			session := one.login(one.user("ada@example.com", "user").ID)
			for round := range tt.rounds {
				next := make([]*auth.Session, tt.atOnce)
				errs := make([]error, tt.atOnce)
				together(tt.atOnce, func(i int) { next[i], errs[i] = []*replica{one, two}[i%2].refresh(session) })
				if err := errors.Join(errs...); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				for _, n := range next {
					if n.Counter != session.Counter+1 || one.text(n) != one.text(next[0]) {
						t.Fatalf("round %d: %d and %d are successors of %d", round, n.Counter, next[0].Counter, session.Counter)
					}
				}
				if counter, reason := one.row(session.ID); counter != session.Counter+1 || reason != "" {
					t.Fatalf("round %d: the row went from %d to %d, ended for %q", round, session.Counter, counter, reason)
				}
				session = next[0]
			}
		})
	}
}

// Of many requests with a token that is too old, one learns of the reuse, and the session
// ends once.
func TestManyReusesOfOneToken(t *testing.T) {
	r := newReplica(t)
	userID := r.user("ada@example.com", "user").ID
	for round := range rounds / 4 {
		first := r.login(userID)
		second, err := r.refresh(first)
		if err == nil {
			_, err = r.refresh(second)
		}
		if err != nil {
			t.Fatal(err)
		}
		r.changes()
		var reused int
		errs := make([]error, 4)
		together(len(errs), func(i int) { _, errs[i] = r.refresh(first) })
		for _, err := range errs {
			if errors.Is(err, auth.ErrRefreshReused) {
				reused++
			} else if !errors.Is(err, auth.ErrRefreshInvalid) {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if heard := r.changes(); reused != 1 || len(heard) != 1 {
			t.Fatalf("round %d: %d learned of the reuse, %d changes; want 1 of each", round, reused, len(heard))
		}
	}
}

// When a refresh and a concurrent end of the session have both returned, no token of the
// session works.
func TestRefreshAgainstTheEnd(t *testing.T) {
	ends := map[string]func(ctx context.Context, r *replica, s *auth.Session) error{
		"logout":            func(ctx context.Context, r *replica, s *auth.Session) error { return r.EndSession(ctx, s.ID) },
		"logout by a token": func(ctx context.Context, r *replica, s *auth.Session) error { return r.EndSessionOf(ctx, r.token(s)) },
		"disable": func(ctx context.Context, r *replica, s *auth.Session) error {
			_, err := r.ChangeUser(ctx, s.UserID, disable)
			return err
		},
		"reset of the password": func(ctx context.Context, r *replica, s *auth.Session) error {
			return r.ResetPassword(ctx, s.UserID, hash)
		},
		"deletion": func(ctx context.Context, r *replica, s *auth.Session) error {
			return r.DeleteUser(ctx, s.UserID, allow)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReplica(t)
			for round := range rounds {
				first := r.login(r.user(numbered(round), "user").ID)
				var next *auth.Session
				var refreshed, endErr error
				both(func() { next, refreshed = r.refresh(first) }, func() { endErr = end(t.Context(), r, first) })
				if endErr != nil || refreshed != nil && !errors.Is(refreshed, auth.ErrRefreshInvalid) {
					t.Fatalf("round %d: refresh %v, end %v", round, refreshed, endErr)
				}
				for _, s := range []*auth.Session{first, next} {
					if s == nil {
						continue
					}
					if _, err := r.refresh(s); !errors.Is(err, auth.ErrRefreshInvalid) {
						t.Fatalf("round %d: the token of counter %d: %v; want ErrRefreshInvalid", round, s.Counter, err)
					}
				}
				if n := r.living(first.UserID); n != 0 {
					t.Fatalf("round %d: %d sessions go on", round, n)
				}
			}
		})
	}
}

// When a refresh and a concurrent change of the password have both returned, only the
// token of the latter works.
func TestRefreshAgainstANewPassword(t *testing.T) {
	r := newReplica(t)
	for round := range rounds {
		first := r.login(r.user(numbered(round), "user").ID)
		var next, renewed *auth.Session
		var refreshed, replaced error
		both(
			func() { next, refreshed = r.refresh(first) },
			func() {
				renewed, _, replaced = r.ReplacePassword(t.Context(), replacing(first.UserID, hash, "another hash", first.ID))
			})
		if replaced != nil || refreshed != nil && !errors.Is(refreshed, auth.ErrRefreshInvalid) {
			t.Fatalf("round %d: refresh %v, new password %v", round, refreshed, replaced)
		}
		for _, s := range []*auth.Session{first, next} {
			if s == nil {
				continue
			}
			if _, err := r.refresh(s); !errors.Is(err, auth.ErrRefreshInvalid) {
				t.Fatalf("round %d: the token of counter %d: %v; want ErrRefreshInvalid", round, s.Counter, err)
			}
		}
		if _, err := r.refresh(renewed); err != nil {
			t.Fatalf("round %d: the token that the new password gave: %v", round, err)
		}
	}
}
