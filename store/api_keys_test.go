package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
)

// newAPIKey returns a key of the account that is not stored yet.
func newAPIKey(userID string) *apikey.Key {
	return &apikey.Key{
		ID: uuid.Must(uuid.NewV7()).String(), UserID: userID, Name: "nightly", Hint: "gh_0", Digest: bytes.Repeat([]byte{7}, 32),
		Scopes: []string{"read:users"}, CreatedAt: time.Now().UTC().Truncate(time.Microsecond),
	}
}

// apiKey stores a key of the account.
func (r *replica) apiKey(userID string) *apikey.Key {
	r.t.Helper()
	k := newAPIKey(userID)
	if err := r.CreateAPIKey(r.t.Context(), k); err != nil {
		r.t.Fatal(err)
	}
	return k
}

// apiKeys returns the ids of the account's keys that work.
func (r *replica) apiKeys(userID string) []string {
	r.t.Helper()
	keys, err := r.APIKeys(r.t.Context(), userID, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	ids := []string{}
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	return ids
}

func TestAPIKeys(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com", "user"), r.user("bob@example.com")
	first, second, his := r.apiKey(ada.ID), r.apiKey(ada.ID), r.apiKey(bob.ID)
	if got := r.apiKeys(ada.ID); !slices.Equal(got, []string{second.ID, first.ID}) {
		t.Errorf("ada's keys are %v", got)
	}
	if got := r.apiKeys(""); !slices.Equal(got, []string{his.ID, second.ID, first.ID}) {
		t.Errorf("all keys are %v", got)
	}
	held, err := r.APIKey(t.Context(), first.ID)
	if err != nil || !bytes.Equal(held.Digest, first.Digest) || held.UserID != ada.ID || held.Ended || held.Kind != auth.Person ||
		!slices.Equal(held.Roles, []string{"user"}) || !slices.Equal(held.Scopes, first.Scopes) || held.ExpiresAt != nil || held.LastUsedAt != nil {
		t.Errorf("%+v, %v", held, err)
	}
	if _, err := r.APIKey(t.Context(), uuid.NewString()); !errors.Is(err, apikey.ErrNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	r.changes()
	if err := r.RevokeAPIKey(t.Context(), bob.ID, first.ID); !errors.Is(err, apikey.ErrNotFound) || len(r.changes()) != 0 {
		t.Errorf("bob ends ada's key: %v", err)
	}
	for range 2 { // the second time nothing happens
		if err := r.RevokeAPIKey(t.Context(), ada.ID, first.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.changes(); len(got) != 1 || got[0].Session != first.ID || got[0].Generation != 0 {
		t.Errorf("changes %+v", got)
	}
	if held, err = r.APIKey(t.Context(), first.ID); err != nil || !held.Ended {
		t.Errorf("%+v, %v; want it ended", held, err)
	}
	if n, err := r.RevokeAPIKeys(t.Context(), ada.ID); n != 1 || err != nil {
		t.Errorf("ended %d, %v; want 1", n, err)
	}
	if err := r.RevokeAPIKey(t.Context(), "", his.ID); err != nil || len(r.apiKeys("")) != 0 {
		t.Errorf("%v; %v are left", err, r.apiKeys(""))
	}
	if _, err := r.RevokeAPIKeys(t.Context(), uuid.NewString()); !errors.Is(err, auth.ErrUserNotFound) {
		t.Errorf("keys of no account: %v", err)
	}
}

// Of many keys that are made at once, an account gets as many as it may have.
func TestAPIKeysAtOnce(t *testing.T) {
	r := newReplica(t)
	for round := range 5 {
		id := r.user(fmt.Sprintf("ada%d@example.com", round)).ID
		for range apikey.MaxPerUser - 25 {
			r.apiKey(id)
		}
		faults := make([]error, 50)
		together(len(faults), func(i int) { faults[i] = r.CreateAPIKey(t.Context(), newAPIKey(id)) })
		refused := 0
		for _, err := range faults {
			if conflict := (*auth.ConflictError)(nil); errors.As(err, &conflict) && strings.Contains(conflict.Message, "at most 50") {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if n := len(r.apiKeys(id)); n != apikey.MaxPerUser || refused != 25 {
			t.Fatalf("round %d: %d keys, %d refused", round, n, refused)
		}
		if err := r.RevokeAPIKey(t.Context(), id, r.apiKeys(id)[0]); err != nil {
			t.Fatal(err)
		}
		r.apiKey(id) // there is room again
	}
}

func TestRotateAPIKey(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com"), r.user("bob@example.com")
	old := r.apiKey(ada.ID)
	rotate := func(userID, id string, overlap time.Duration) (*apikey.Key, error) {
		next := newAPIKey(ada.ID)
		return next, r.RotateAPIKey(t.Context(), userID, id, overlap, func(*apikey.Key) (*apikey.Key, error) { return next, nil })
	}
	if _, err := rotate(bob.ID, old.ID, time.Hour); !errors.Is(err, apikey.ErrNotFound) {
		t.Errorf("bob rotates ada's key: %v", err)
	}
	refusal := errors.New("no")
	if err := r.RotateAPIKey(t.Context(), ada.ID, old.ID, time.Hour, func(*apikey.Key) (*apikey.Key, error) { return nil, refusal }); !errors.Is(err, refusal) {
		t.Errorf("a refusal is %v", err)
	}
	r.changes()
	next, err := rotate(ada.ID, old.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	held, err := r.APIKey(t.Context(), old.ID)
	if err != nil || held.Ended || held.Generation != 1 || held.ExpiresAt == nil || time.Until(*held.ExpiresAt) > time.Hour || time.Until(*held.ExpiresAt) < 59*time.Minute {
		t.Errorf("the old key is %+v, %v", held, err)
	}
	if got := r.changes(); len(got) != 1 || got[0].Session != old.ID || got[0].Generation != 1 {
		t.Errorf("changes %+v", got)
	}
	if got := r.apiKeys(ada.ID); !slices.Equal(got, []string{next.ID, old.ID}) {
		t.Errorf("keys %v", got)
	}
	conflict := (*auth.ConflictError)(nil)
	if _, err := rotate(ada.ID, old.ID, time.Hour); !errors.As(err, &conflict) {
		t.Errorf("a second successor: %v", err)
	}
	if _, err := rotate(ada.ID, next.ID, 0); err != nil {
		t.Fatal(err)
	}
	if got := r.apiKeys(ada.ID); slices.Contains(got, next.ID) || len(got) != 2 {
		t.Errorf("without an overlap, keys %v", got)
	}
	for {
		living := r.apiKeys(ada.ID)
		if _, err = rotate(ada.ID, living[0], time.Hour); err != nil {
			break
		}
	}
	if !errors.As(err, &conflict) || len(r.apiKeys(ada.ID)) != 2*apikey.MaxPerUser {
		t.Errorf("%v with %d keys", err, len(r.apiKeys(ada.ID)))
	}
}

// A disabled account loses its keys, for good, and can't get others. So does a deleted one.
func TestAPIKeysEndWithTheirOwner(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com")
	disable := func(to bool) {
		t.Helper()
		if _, err := r.ChangeUser(t.Context(), ada.ID, func(u *auth.User) error { u.Disabled = to; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	key := r.apiKey(ada.ID)
	r.changes()
	disable(true)
	if got := r.changes(); len(got) != 1 || got[0].Session != key.ID {
		t.Errorf("disabled: changes %+v", got)
	}
	if err := r.CreateAPIKey(t.Context(), newAPIKey(ada.ID)); !errors.Is(err, auth.ErrUserNotFound) {
		t.Errorf("a key of a disabled account: %v", err)
	}
	disable(false)
	if got := r.apiKeys(ada.ID); len(got) != 0 {
		t.Errorf("enabled again, keys %v work", got)
	}
	key = r.apiKey(ada.ID)
	r.changes()
	if err := r.DeleteUser(t.Context(), ada.ID, func(*auth.User) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got := r.changes(); len(got) != 1 || got[0].Session != key.ID {
		t.Errorf("deleted: changes %+v", got)
	}
}

// A replica that hears of no changes asks for the state of a key as for that of a session.
func TestStateOfAPIKey(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com", "user"), r.user("bob@example.com")
	state := func(id, userID string) *auth.SessionState {
		t.Helper()
		s, err := r.SessionState(t.Context(), id, userID)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	key := r.apiKey(ada.ID)
	if s := state(key.ID, ada.ID); s.Ended || s.Generation != 0 || !slices.Equal(s.Roles, []string{"user"}) || s.Limit == nil || !slices.Equal(s.Limit.Scopes, key.Scopes) {
		t.Errorf("%+v", s)
	}
	if !state(key.ID, bob.ID).Ended || !state(uuid.NewString(), ada.ID).Ended {
		t.Error("a key of another account, or of none, works")
	}
	r.exec(`UPDATE api_keys SET expires_at = now() + interval '1 hour', generation = 3`)
	if s := state(key.ID, ada.ID); s.Ended || s.Generation != 3 {
		t.Errorf("%+v", s)
	}
	r.exec(`UPDATE api_keys SET expires_at = now()`)
	if !state(key.ID, ada.ID).Ended || len(r.apiKeys(ada.ID)) != 0 {
		t.Error("an expired key works")
	}
	r.exec(`UPDATE api_keys SET expires_at = NULL`)
	r.exec(`UPDATE users SET disabled = true WHERE id = $1`, ada.ID)
	if held, err := r.APIKey(t.Context(), key.ID); !state(key.ID, ada.ID).Ended || err != nil || !held.Ended {
		t.Error("the key of a disabled account works")
	}
}

func TestMarkAPIKeysUsed(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com").ID
	used, unused := r.apiKey(id), r.apiKey(id)
	at := time.Date(2026, 11, 27, 12, 0, 0, 123456000, time.UTC)
	for _, uses := range [][]apikey.Use{
		{{ID: used.ID, At: at, IP: "2001:db8::1"}, {ID: uuid.NewString(), At: at, IP: "192.0.2.9"}},
		{{ID: used.ID, At: at.Add(-time.Second), IP: "192.0.2.2"}}, // of another replica, which is late
	} {
		if err := r.MarkAPIKeysUsed(t.Context(), uses); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := r.APIKeys(t.Context(), id, 10)
	if err != nil || keys[0].ID != unused.ID || keys[0].LastUsedAt != nil || keys[0].LastUsedIP != nil {
		t.Fatalf("%+v, %v", keys[0], err)
	}
	if k := keys[1]; k.LastUsedAt == nil || !k.LastUsedAt.Equal(at) || *k.LastUsedIP != "2001:db8::1" {
		t.Errorf("%+v", k)
	}
}

// Keys that ended or expired long ago are purged, others are not.
func TestPurgeAPIKeys(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com").ID
	ended, expired, both, recent, living, old := r.apiKey(id), r.apiKey(id), r.apiKey(id), r.apiKey(id), r.apiKey(id), r.apiKey(id)
	for _, change := range []struct{ set, id string }{
		{"ended_at = now() - interval '31 days'", ended.ID},
		{"expires_at = now() - interval '31 days'", expired.ID},
		{"expires_at = now() + interval '1 year', ended_at = now() - interval '31 days'", both.ID},
		{"ended_at = now() - interval '29 days'", recent.ID},
		{"expires_at = now() + interval '1 day'", living.ID},
		{"created_at = now() - interval '5 years'", old.ID},
	} {
		r.exec(`UPDATE api_keys SET `+change.set+` WHERE id = $1`, change.id)
	}
	if n, err := r.Purge(t.Context(), life); n != 3 || err != nil {
		t.Fatalf("purged %d, %v; want 3", n, err)
	}
	if left := value[string](r, `SELECT string_agg(id::text, ',' ORDER BY id) FROM api_keys`); left != recent.ID+","+living.ID+","+old.ID {
		t.Errorf("%s are left", left)
	}
}
