package tokens_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// replicas starts two replicas on one database.
func replicas(t *testing.T) [2]*harness.Service {
	t.Helper()
	dsn := storetest.DSN(t)
	return [2]*harness.Service{harness.StartOn(t, dsn, "OAUTH=on"), harness.StartOn(t, dsn, "OAUTH=on")}
}

// together sends forms to both replicas at the same moment.
func together(t *testing.T, both [2]*harness.Service, n int, of func(i int) request) []answer {
	t.Helper()
	answers := make([]answer, n)
	var mu sync.Mutex
	var faults []error
	harness.Together(n, func(i int) {
		a, err := try(t, both[i%2].URL, of(i))
		answers[i] = a
		if err != nil {
			mu.Lock()
			faults = append(faults, err)
			mu.Unlock()
		}
	})
	for _, err := range faults {
		t.Error(err)
	}
	return answers
}

// TestCodeOnce: of twenty who redeem a code at once at two replicas, exactly one gets tokens, and as the
// others are the same client, its session ends.
func TestCodeOnce(t *testing.T) {
	both := replicas(t)
	ada := both[0].Register(t, harness.AdaEmail, harness.AdaPassword)
	app := both[0].Application(t, nil)
	known(t, both[1], app)
	for round := range 50 {
		text := issue(t, both[round%2], consent{app: app, userID: ada.UserID, scopes: []string{"profile", "offline_access"}})
		answers := together(t, both, 20, func(int) request {
			return request{form: exchange(text), basic: [2]string{app.ID, app.Secret}}
		})
		var got []answer
		for _, a := range answers {
			switch {
			case a.Status == 200:
				got = append(got, a)
			case a.Status != 400 || a.Error != "invalid_grant":
				t.Errorf("round %d: %d %s", round, a.Status, a.Body)
			}
		}
		if len(got) != 1 {
			t.Fatalf("round %d: %d clients got tokens", round, len(got))
		}
		for _, a := range got {
			send(t, both[round%2].URL, request{form: refreshing(a.Refresh), basic: [2]string{app.ID, app.Secret}}).want(t, 400, "invalid_grant")
		}
	}
}

// known waits until the replica knows a client that another one registered.
func known(t *testing.T, s *harness.Service, app harness.Application) {
	t.Helper()
	harness.Eventually(t, "the replica knows the client", func() bool {
		return send(t, s.URL, request{path: "/oauth/revoke", form: form("token", "x"), basic: [2]string{app.ID, app.Secret}}).Status == 200
	})
}

// TestRefreshOnce: twenty who refresh at once at two replicas get the same successor.
func TestRefreshOnce(t *testing.T) {
	both := replicas(t)
	ada := both[0].Register(t, harness.AdaEmail, harness.AdaPassword)
	app := both[0].Application(t, nil)
	known(t, both[1], app)
	token := grant(t, both[0], consent{app: app, userID: ada.UserID, scopes: []string{"profile", "offline_access"}}).Refresh
	for round := range 10 {
		answers := together(t, both, 20, func(int) request {
			return request{form: refreshing(token), basic: [2]string{app.ID, app.Secret}}
		})
		next := answers[0].Refresh
		for _, a := range answers {
			if a.Status != 200 || a.Refresh != next {
				t.Fatalf("round %d: %d %s", round, a.Status, a.Body)
			}
		}
		token = next
	}
}

// TestServiceSessionOnce: replicas that a program asks at once open one session for it.
func TestServiceSessionOnce(t *testing.T) {
	both := replicas(t)
	for range 3 {
		app, _ := machine(t, both[0], []string{})
		known(t, both[1], app)
		answers := together(t, both, 20, func(int) request { return credentials(app) })
		var ids []string
		for _, a := range answers {
			if a.Status != 200 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			ids = append(ids, fmt.Sprint(claims(t, a.Access)["sid"]))
		}
		slices.Sort(ids)
		if ids = slices.Compact(ids); len(ids) != 1 {
			t.Errorf("%d sessions", len(ids))
		}
	}
}
