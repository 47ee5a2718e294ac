package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/graph/fault"
)

// A client that hangs up is neither UNAVAILABLE nor an internal error, whatever its
// request was doing.
func TestClientGone(t *testing.T) {
	login := `mutation { login(input: {email: "ann@example.com", password: "` + annsPassword + `"}) { expiresIn } }`
	for _, tt := range []struct{ method, query, authorization string }{
		{"User", `{ me { id } }`, "Bearer "},
		{"CredentialByEmail", login, ""},
	} {
		s := newService(t)
		var records []Record
		var attempts []fault.Code
		s.observer.Answered = func(r Record) { records = append(records, r) }
		s.observer.Attempted = func(_ string, code fault.Code) { attempts = append(attempts, code) }
		ctx, hangUp := context.WithCancel(WithRequestID(t.Context(), "request-1"))
		s.store.faults[tt.method] = func() error {
			hangUp()
			return ctx.Err()
		}
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(`{"query":`+quote(t, tt.query)+`}`))
		r.Header.Set("Content-Type", "application/json")
		if tt.authorization != "" {
			r.Header.Set("Authorization", tt.authorization+s.token(t, ann, 0))
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
		if len(records) != 1 || records[0].Status != 499 || len(records[0].Codes) > 0 {
			t.Errorf("%s: recorded %+v; want the status 499 without codes", tt.query, records)
		}
		if len(attempts) > 0 {
			t.Errorf("%s: attempts %q; want none", tt.query, attempts)
		}
		if strings.Contains(s.log.String(), "ERROR") || !strings.Contains(s.log.String(), `"status":499`) {
			t.Errorf("%s: log: %s", tt.query, s.log)
		}
	}
}

// While the client is still there, the same failure is the service's.
func TestDatabaseAwayIsUnavailable(t *testing.T) {
	s := newService(t)
	var codes []string
	s.observer.Answered = func(r Record) { codes = append(codes, r.Codes...) }
	s.store.faults["User"] = func() error { return auth.ErrUnavailable }
	if got := s.ask(t, ann, `{ me { id } }`, nil); got.Code != http.StatusServiceUnavailable || !slices.Equal(codes, []string{"UNAVAILABLE"}) {
		t.Errorf("%d %q", got.Code, codes)
	}
}
