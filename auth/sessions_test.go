package auth

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestSessionsOf(t *testing.T) {
	s, store, c := newSessions(t)
	young := &Session{ID: sessionOne, CreatedAt: c.at.Add(-time.Hour), LastUsedAt: c.at.Add(-time.Minute)}
	old := &Session{ID: sessionTwo, CreatedAt: c.at.Add(-71 * time.Hour), LastUsedAt: c.at.Add(-2 * time.Minute)}
	store.living = []*Session{young, old}
	one, zero, many := 1, 0, 101
	negative := -1
	mine := sessionOne
	tests := []struct {
		name   string
		caller *Principal
		first  *int
		field  string
		want   []string
		now    string // the current one
	}{
		{"too many", nil, &many, "first", nil, ""},
		{"negative", nil, &negative, "first", nil, ""},
		{"none", nil, &zero, "", nil, ""},
		{"one", nil, &one, "", []string{sessionOne}, ""},
		{"all, as another account", &Principal{ID: bob, SessionID: new(string)}, nil, "", []string{sessionOne, sessionTwo}, ""},
		{"all, from one of them", &Principal{ID: ada, SessionID: &mine}, nil, "", []string{sessionOne, sessionTwo}, sessionOne},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.Of(WithCaller(t.Context(), tt.caller), &User{ID: ada}, tt.first)
			var input *InputError
			if errors.As(err, &input) != (tt.field != "") || input != nil && input.Field != tt.field {
				t.Fatalf("error %v; want one about %q", err, tt.field)
			}
			var ids []string
			for _, session := range got {
				ids = append(ids, session.ID)
				if session.Current != (session.ID == tt.now) {
					t.Errorf("session %s is the current one: %t", session.ID, session.Current)
				}
			}
			if !slices.Equal(ids, tt.want) {
				t.Errorf("sessions %v; want %v", ids, tt.want)
			}
		})
	}
	if want := young.LastUsedAt.Add(s.Life.Idle); !young.ExpiresAt.Equal(want) {
		t.Errorf("the young session expires at %v; want %v, because it was not refreshed", young.ExpiresAt, want)
	}
	if want := old.CreatedAt.Add(s.Life.Absolute); !old.ExpiresAt.Equal(want) {
		t.Errorf("the old session expires at %v; want %v, however it is used", old.ExpiresAt, want)
	}
}

func TestRevoke(t *testing.T) {
	mine := sessionOne
	me := &Principal{ID: ada, SessionID: &mine}
	upper := "0190B0A5-3C4F-7D2E-8A11-5F0C2B7E9E02"
	tests := []struct {
		name   string
		caller *Principal
		revoke func(*Sessions, *Principal, *testing.T) (any, error)
		err    error
		asked  []string
	}{
		{"one, anonymous", nil, revokeOne(sessionTwo), ErrNoCredential, nil},
		{"one", me, revokeOne(sessionTwo), nil, []string{"revoke " + sessionTwo + " of " + ada}},
		{"one, its id in capitals", me, revokeOne(upper), nil, []string{"revoke " + sessionTwo + " of " + ada}},
		{"others, anonymous", nil, revokeOthers, ErrNoCredential, nil},
		{"others, without a session", &Principal{ID: ada}, revokeOthers, ErrSessionEnded, nil},
		{"others", me, revokeOthers, nil, []string{"revoke all of " + ada + " but " + sessionOne}},
		{"all", me, revokeAll(bob), nil, []string{"revoke all of " + bob + " but "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, store, _ := newSessions(t)
			if _, err := tt.revoke(s, tt.caller, t); !errors.Is(err, tt.err) {
				t.Errorf("error %v; want %v", err, tt.err)
			}
			if !slices.Equal(store.asked, tt.asked) {
				t.Errorf("the store was asked to %v; want %v", store.asked, tt.asked)
			}
		})
	}
	for name, revoke := range map[string]func(*Sessions, *Principal, *testing.T) (any, error){"one": revokeOne("x"), "all": revokeAll("x")} {
		s, store, _ := newSessions(t)
		var input *InputError
		if _, err := revoke(s, me, t); !errors.As(err, &input) || len(store.asked) != 0 {
			t.Errorf("%s of a malformed id: %v, asked %v; want an *InputError", name, err, store.asked)
		}
	}
}

// Once a client is told that a session has ended, the same replica refuses its
// tokens, also if another replica ended it and this one has not heard of it.
func TestEndedIsEnded(t *testing.T) {
	mine := sessionOne
	for name, end := range map[string]func(*Sessions, *testing.T) error{
		"logout": func(s *Sessions, t *testing.T) error {
			_, err := s.Logout(WithCaller(t.Context(), &Principal{ID: ada, SessionID: &mine}), "")
			return err
		},
		"revoke": func(s *Sessions, t *testing.T) error {
			_, err := s.Revoke(WithCaller(t.Context(), &Principal{ID: ada}), sessionOne)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, store, _ := newSessions(t)
			store.err = ErrUnavailable
			if err := end(s, t); !errors.Is(err, ErrUnavailable) {
				t.Fatalf("error %v; want ErrUnavailable", err)
			}
			if _, err := s.Revocations.Principal(claimsOf(0, "shop")); err != nil {
				t.Errorf("before it ended: %v", err)
			}
			store.err = nil
			if err := end(s, t); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Revocations.Principal(claimsOf(0, "shop")); !errors.Is(err, ErrSessionEnded) {
				t.Errorf("after it ended: %v; want ErrSessionEnded", err)
			}
		})
	}
}

func revokeOne(id string) func(*Sessions, *Principal, *testing.T) (any, error) {
	return func(s *Sessions, p *Principal, t *testing.T) (any, error) {
		return s.Revoke(WithCaller(t.Context(), p), id)
	}
}

func revokeOthers(s *Sessions, p *Principal, t *testing.T) (any, error) {
	return s.RevokeOthers(WithCaller(t.Context(), p))
}

func revokeAll(id string) func(*Sessions, *Principal, *testing.T) (any, error) {
	return func(s *Sessions, p *Principal, t *testing.T) (any, error) {
		return s.RevokeAll(WithCaller(t.Context(), p), id)
	}
}
