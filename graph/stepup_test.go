package graph

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"gatehouse/auth/policy"
	"gatehouse/auth/token"
	"gatehouse/graph/transport"
)

// provedBy makes a token's claims say when and with how many factors its person proved who they are.
func provedBy(ago time.Duration, factors int) func(*token.Claims) {
	return func(c *token.Claims) {
		c.AuthTime, c.AMR = noon().Add(-ago), []string{"pwd"}
		if factors == 2 {
			c.AMR = []string{"pwd", "otp", "mfa"}
		}
	}
}

// TestStepUp: who has to prove again who they are is told so beforehand by access and can, and then
// by the error and by the header of RFC 9470; beside it the same request after that.
func TestStepUp(t *testing.T) {
	const (
		roles  = `setUserRoles(id: \"` + sue + `\", roles: [\"user\"]) { id }`
		stale  = `Bearer error="insufficient_user_authentication", max_age=600`
		second = stale + `, acr_values="aal2"`
	)
	tests := []struct {
		name, id, mutation, coordinate string
		proof                          func(*token.Claims)
		access                         string // verdict, reason, missing
		can                            bool
		errors                         string
		header                         string
	}{
		{
			"stale", adm, roles, "Mutation.setUserRoles", provedBy(10*time.Minute, 1), `{"verdict":"STEP_UP","reason":"stale","missing":[["fresh:600"]]}`, false,
			"STEP_UP_REQUIRED stale 600 <nil>", stale,
		},
		{
			"a token that does not say when", adm, roles, "Mutation.setUserRoles", func(c *token.Claims) { c.AuthTime = time.Time{} }, `{"verdict":"STEP_UP","reason":"stale","missing":[["fresh:600"]]}`, false,
			"STEP_UP_REQUIRED stale 600 <nil>", stale,
		},
		{"a proof to come", adm, roles, "Mutation.setUserRoles", provedBy(-time.Second, 1), `{"verdict":"STEP_UP","reason":"stale","missing":[["fresh:600"]]}`, false, "STEP_UP_REQUIRED stale 600 <nil>", stale},
		{"fresh", adm, roles, "Mutation.setUserRoles", provedBy(9*time.Minute, 1), `{"verdict":"ALLOW","reason":null,"missing":[]}`, true, "", ""},
		{"stale, and not allowed", ann, roles, "Mutation.setUserRoles", provedBy(time.Hour, 1), `{"verdict":"DENY","reason":"missing_role","missing":[["role:admin"],["fresh:600"]]}`, false, "FORBIDDEN missing_role <nil> <nil>", ""},
		{"one factor", ann, `deleteTotp { id }`, "Mutation.deleteTotp", provedBy(time.Minute, 1), `{"verdict":"STEP_UP","reason":"one_factor","missing":[["factors:2"]]}`, false, "STEP_UP_REQUIRED one_factor 600 2", second},
		{"stale with two", ann, `deleteTotp { id }`, "Mutation.deleteTotp", provedBy(time.Hour, 2), `{"verdict":"STEP_UP","reason":"stale","missing":[["fresh:600"]]}`, false, "STEP_UP_REQUIRED stale 600 2", second},
		{"two, too old", ann, `deleteTotp { id }`, "Mutation.deleteTotp", provedBy(time.Hour, 1), `{"verdict":"STEP_UP","reason":"one_factor","missing":[["fresh:600"],["factors:2"]]}`, false, "STEP_UP_REQUIRED one_factor 600 2", second},
		{"null proves nothing", ann, `deleteMe(currentPassword: null)`, "Mutation.deleteMe", provedBy(time.Hour, 1), `{"verdict":"STEP_UP","reason":"stale","missing":[["fresh:600","given:currentPassword"]]}`, false, "STEP_UP_REQUIRED stale 600 <nil>", stale},
		{"what proves it is wrong", ann, `deleteMe(currentPassword: \"x\")`, "Mutation.deleteMe", provedBy(time.Hour, 1), `{"verdict":"ALLOW","reason":null,"missing":[]}`, false, "INVALID_CREDENTIALS <nil> <nil> <nil>", ""},
	}
	for _, mode := range []Mode{ModePartial, ModeReject} {
		for _, tt := range tests {
			t.Run(string(mode)+": "+tt.name, func(t *testing.T) {
				s := newService(t, func(p *Parts) { p.Mode = mode })
				bearer := "Authorization: Bearer " + s.token(t, tt.id, 0, tt.proof)
				asked := s.post(t, `{"query":"query($o: String!) { viewer { can(coordinates: [\"`+tt.coordinate+`\"]) } access(operation: $o, variables: {}) { verdict reason missing } }","variables":{"o":"mutation { `+tt.mutation+` }"}}`, bearer)
				if want := fmt.Sprintf(`{"viewer":{"can":[%t]},"access":[%s]}`, tt.can, tt.access); string(asked.Data) != want {
					t.Errorf("access is %s, want %s", asked.Body, want)
				}
				for _, media := range []string{transport.MediaJSON, transport.MediaGraphQL} {
					got := s.post(t, `{"query":"mutation { `+tt.mutation+` }"}`, bearer, "Accept: "+media)
					said := ""
					if len(got.Errors) > 0 {
						e := got.Errors[0].Extensions
						said = fmt.Sprint(e["code"], " ", e["reason"], " ", e["maxAge"], " ", e["factors"])
					}
					if said != tt.errors || got.Code != http.StatusOK || got.Header().Get("WWW-Authenticate") != tt.header {
						t.Errorf("%d %s, %q\nwant %s, %q", got.Code, got.Body, got.Header().Get("WWW-Authenticate"), tt.errors, tt.header)
					}
				}
			})
		}
	}
}

// TestStepUpForOthers: what another caller is allowed is said as if they had not proved who they are
// lately, because nobody knows when they will.
func TestStepUpForOthers(t *testing.T) {
	s := newService(t)
	got := s.ask(t, adm, `{ accessAs(operation: "mutation { setUserRoles(id: \"`+sue+`\", roles: []) { id } changePassword(input: {newPassword: \"x\"}) { tokenType } }", role: "admin") { verdict missing } }`, nil)
	if want := `{"accessAs":[{"verdict":"STEP_UP","missing":[["fresh:600"]]},{"verdict":"STEP_UP","missing":[["fresh:600","given:input.currentPassword"]]}]}`; string(got.Data) != want {
		t.Errorf("%s, want %s", got.Body, want)
	}
}

// TestStepUpIsObserved: a refusal that a proof lifts is not counted as a denial.
func TestStepUpIsObserved(t *testing.T) {
	var seen []string
	s := newService(t, func(p *Parts) {
		p.Observer.Decided = func(coordinate string, verdict policy.Verdict, reason policy.Reason) {
			seen = append(seen, fmt.Sprint(coordinate, " ", verdict, " ", reason))
		}
	})
	s.ask(t, ann, `mutation { deleteTotp { id } }`, nil)
	if len(seen) != 1 || seen[0] != "Mutation.deleteTotp STEP_UP one_factor" {
		t.Errorf("%q", seen)
	}
}

// TestStepUpByTheClockOfTokens: what counts is the time that tokens are signed with, and not that of
// this machine, which may be off.
func TestStepUpByTheClockOfTokens(t *testing.T) {
	for _, off := range []time.Duration{-time.Hour, 0, time.Hour} {
		s := newService(t, func(p *Parts) {
			p.TokenTime, p.Now = p.Now, func() time.Time { return noon().Add(off) }
		})
		bearer := "Authorization: Bearer " + s.token(t, adm, 0, provedBy(time.Minute, 1))
		if got := s.post(t, `{"query":"mutation { setUserRoles(id: \"`+sue+`\", roles: [\"user\"]) { id } }"}`, bearer); got.codes() != "" {
			t.Errorf("%s off: %s", off, got.Body)
		}
		old := "Authorization: Bearer " + s.token(t, adm, 0, provedBy(10*time.Minute, 1))
		if got := s.post(t, `{"query":"mutation { setUserRoles(id: \"`+sue+`\", roles: [\"user\"]) { id } }"}`, old); got.codes() != "STEP_UP_REQUIRED" {
			t.Errorf("%s off, and stale: %s", off, got.Body)
		}
	}
}
