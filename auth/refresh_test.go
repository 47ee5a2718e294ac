package auth

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/revocation"
)

// refreshOf returns a refresh token of the session.
func refreshOf(t *testing.T, s *Sessions, session string) string {
	t.Helper()
	text, err := s.Issuer.Secrets.IssueRefresh(session, 0, newSeed())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRefresh(t *testing.T) {
	s, store, _ := newSessions(t)
	other, _, _ := newSessions(t)
	good := refreshOf(t, s, sessionOne)
	tests := []struct {
		name, text string
		asked      string
		want       error
	}{
		{"empty", "", "", ErrRefreshInvalid},
		{"garbage", "garbage", "", ErrRefreshInvalid},
		{"cut short", good[:len(good)-1], "", ErrRefreshInvalid},
		{"of another deployment", refreshOf(t, other, sessionOne), "", ErrRefreshInvalid},
		{"good", good, "refresh " + sessionOne, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store.asked = nil
			tokens, err := s.Refresh(t.Context(), tt.text)
			if !errors.Is(err, tt.want) || strings.Join(store.asked, ",") != tt.asked {
				t.Fatalf("error %v, store asked %v; want %v, %q", err, store.asked, tt.want, tt.asked)
			}
			if (tokens != nil && tokens.RefreshToken != "") != (tt.want == nil) {
				t.Errorf("tokens %v beside error %v", tokens, err)
			}
		})
	}
}

func TestRefreshFailures(t *testing.T) {
	tests := []struct {
		name        string
		store, want error
		ended       bool // a moment ago
	}{
		{"reused", ErrRefreshReused, ErrRefreshReused, false},
		{"invalid", ErrRefreshInvalid, ErrRefreshInvalid, false},
		{"store away", ErrUnavailable, ErrUnavailable, false},
		{"ended meanwhile", nil, ErrRefreshInvalid, true},
		{"good", nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, store, c := newSessions(t)
			if tt.ended {
				s.Revocations.Apply(revocation.Change{Seq: 1, At: c.at, Session: sessionOne})
			}
			store.err = tt.store
			text := refreshOf(t, s, sessionOne)
			tokens, err := s.Refresh(t.Context(), text)
			if !errors.Is(err, tt.want) || (tokens == nil) != (tt.want != nil) {
				t.Errorf("%v, %v; want error %v", tokens, err, tt.want)
			}
		})
	}
}

// An outage makes the replay window longer, but not one that is off.
func TestReplayAfterAnOutage(t *testing.T) {
	for _, tt := range []struct{ window, outage, want time.Duration }{
		{10 * time.Second, 0, 10 * time.Second},
		{10 * time.Second, time.Minute, 70 * time.Second},
		{0, time.Minute, 0},
	} {
		s, store, _ := newSessions(t)
		s.Life.Replay = tt.window
		s.Outage = func() time.Duration { return tt.outage }
		if _, err := s.Refresh(t.Context(), refreshOf(t, s, sessionOne)); err != nil || store.replay != tt.want {
			t.Errorf("%v and an outage of %v: %v, %v; want %v", tt.window, tt.outage, store.replay, err, tt.want)
		}
	}
}

func TestRefreshKeepsTheLimit(t *testing.T) {
	s, store, _ := newSessions(t)
	store.current.Limit = &Limit{Scopes: []string{"read:items"}}
	text := refreshOf(t, s, sessionOne)
	tokens, err := s.Refresh(t.Context(), text)
	if err != nil || !slices.Equal(tokens.Scopes, []string{"read:items"}) || len(tokens.Principal().Roles) > 0 {
		t.Errorf("%+v, %v; want read:items and no roles", tokens, err)
	}
}

// TestLogoutEndsWhatIsPresented: of each session the client holds a token of.
func TestLogoutEndsWhatIsPresented(t *testing.T) {
	s, store, _ := newSessions(t)
	const own = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e03"
	bearer, keyed := &Principal{ID: ada, SessionID: ptr(own)}, &Principal{ID: ada}
	one, two, same := refreshOf(t, s, sessionOne), refreshOf(t, s, sessionTwo), refreshOf(t, s, own)
	tests := []struct {
		name   string
		caller *Principal
		text   string // several are separated by blanks
		asked  string
	}{
		{"nothing", nil, "", ""},
		{"bearer and token of its session", bearer, same, "end " + own},
		{"bearer and two tokens", bearer, one + " " + two, "end " + own + ",end of " + sessionOne + ",end of " + sessionTwo},
		{"two tokens", nil, one + " " + two, "end of " + sessionOne + ",end of " + sessionTwo},
		{"garbage and a token", nil, "garbage " + two, "end of " + sessionTwo},
		{"garbage", nil, "garbage", ""},
		{"bearer", bearer, "", "end " + own},
		{"bearer and token of another session", bearer, one, "end " + own + ",end of " + sessionOne},
		{"bearer and garbage", bearer, "garbage", "end " + own},
		{"bearer without a session, token", keyed, one, "end of " + sessionOne},
		{"token", nil, one, "end of " + sessionOne},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store.asked = nil
			if _, err := s.Logout(WithCaller(t.Context(), tt.caller), strings.Fields(tt.text)...); err != nil || strings.Join(store.asked, ",") != tt.asked {
				t.Errorf("error %v, store asked %v; want %q", err, store.asked, tt.asked)
			}
		})
	}
	store.err = ErrUnavailable
	if _, err := s.Logout(t.Context(), one); !errors.Is(err, ErrUnavailable) {
		t.Errorf("store away: %v; want ErrUnavailable, because the session goes on", err)
	}
}
