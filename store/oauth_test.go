package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestPurgeOAuth: requests, codes and assertions are deleted once they are of no use: a code not before
// its second use would no longer matter.
func TestPurgeOAuth(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com")
	for _, age := range []string{"-1 minute", "2 minutes", "2 hours", "2 days"} {
		for _, query := range []string{
			`INSERT INTO authorization_requests (id, client_id, parameters, expires_at) VALUES (gen_random_uuid(), $1, '{}', now() - $2::interval)`,
			`INSERT INTO assertions (client_id, jti, expires_at) VALUES ($1, gen_random_uuid()::text, now() - $2::interval)`,
		} {
			r.exec(query, "app", age)
		}
		r.exec(`
			INSERT INTO authorization_codes (id, seed, client_id, user_id, parent, redirect_uri, scopes, auth_time, amr, expires_at)
			VALUES ($1, 'x', 'app', $2, $1, 'x', '{}', now(), '{}', now() - $3::interval)`, uuid.NewString(), ada.ID, age)
	}
	if err := r.OAuth.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"authorization_requests": 2, "assertions": 1, "authorization_codes": 3} {
		if got := value[int](r, `SELECT count(*) FROM `+table); got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
}

// TestUseAssertion: an assertion counts once for a client, whichever replica sees it.
func TestUseAssertion(t *testing.T) {
	r := newReplica(t)
	end := time.Now().Add(time.Minute)
	for _, tt := range []struct {
		client, id string
		fresh      bool
	}{{"a", "1", true}, {"a", "1", false}, {"b", "1", true}, {"a", "2", true}, {"a", "2", false}} {
		if fresh, err := r.OAuth.UseAssertion(t.Context(), tt.client, tt.id, end); err != nil || fresh != tt.fresh {
			t.Errorf("client %s, assertion %s: fresh %v, %v", tt.client, tt.id, fresh, err)
		}
	}
}
