package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
)

// secondFactor is the value of acr that tokens with a second factor have.
const secondFactor = "aal2"

// Challenge returns the header WWW-Authenticate for an answer with the errors, "" for none: it says
// what a caller has to prove again to get all of it (RFC 9470, 3). If a refusal remains that no proof
// lifts, there is none: nobody is to prove who they are in vain.
//
// The status stays 200, although RFC 9470 says 401. A GraphQL answer may have data beside a refusal.
func Challenge(errs gqlerror.List) string {
	var maxAge time.Duration
	factors, asked := 0, false
	for _, err := range errs {
		var r *policy.Refusal
		switch {
		case !errors.As(err, &r):
			continue
		case !r.StepUp():
			return ""
		}
		asked, factors = true, max(factors, r.Factors)
		if r.MaxAge > 0 && (maxAge == 0 || r.MaxAge < maxAge) {
			maxAge = r.MaxAge
		}
	}
	if !asked {
		return ""
	}
	header := `Bearer error="insufficient_user_authentication"`
	if maxAge > 0 {
		header += fmt.Sprintf(", max_age=%d", int(maxAge/time.Second))
	}
	if factors > 1 {
		header += `, acr_values="` + secondFactor + `"`
	}
	return header
}

type headerKey struct{}

// Challenging returns a handler around that of a gqlgen server whose answers have the header of
// [Challenge]. It has no effect on streams, which begin with their headers.
func Challenging(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), headerKey{}, w.Header())))
	})
}

// challenge sets the header, if the answer is one of [Challenging].
func challenge(ctx context.Context, errs gqlerror.List) {
	header, ok := ctx.Value(headerKey{}).(http.Header)
	if value := Challenge(errs); ok && value != "" {
		header.Set("WWW-Authenticate", value)
	}
}
