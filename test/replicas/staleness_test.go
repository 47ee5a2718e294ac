package replicas_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// bound is how long after a revocation was acknowledged any other replica may still let a token through (design: within a second).
const bound = time.Second

// A staleness is how long a replica let a token through after its revocation was acknowledged elsewhere.
type staleness struct {
	through time.Duration // the last request that it let through was sent that long after; 0 if there was none
	refused time.Duration // the first refusal was there after that long
}

// since presents the token again and again until it is refused. acknowledged is when the revocation was.
func (c *connection) since(ctx context.Context, acknowledged time.Time, access string) (s staleness, err error) {
	for time.Since(acknowledged) < patience {
		sent := time.Since(acknowledged)
		a, err := c.viewer(ctx, access)
		switch {
		case err != nil:
			return s, err
		case a.code == "":
			s.through = sent
		case a.code == "UNAUTHENTICATED":
			s.refused = time.Since(acknowledged)
			return s, nil
		case a.code != "UNAVAILABLE": // which lets nobody through, and is no word on the token
			return s, fmt.Errorf("an access token was answered %d %q", a.status, a.code)
		}
	}
	return s, fmt.Errorf("%s never hears of the revocation", c.replica.name)
}

// heard presents the token until it is refused, and fails where that takes longer than it may.
func (c *connection) heard(t *testing.T, acknowledged time.Time, access string) staleness {
	t.Helper()
	s, err := c.since(t.Context(), acknowledged, access)
	if err != nil {
		t.Fatal(err)
	}
	if s.through > bound {
		t.Errorf("%s let a token through %v after its revocation was acknowledged", c.replica.name, s.through)
	}
	return s
}

// summary is the median and the worst of measurements.
func summary(all []staleness) string {
	through, refused := make([]time.Duration, len(all)), make([]time.Duration, len(all))
	for i, s := range all {
		through[i], refused[i] = s.through, s.refused
	}
	slices.Sort(through)
	slices.Sort(refused)
	last := len(all) - 1
	return fmt.Sprintf("%d revocations: refused after %v (median), %v (worst); let through for %v (median), %v (worst)", len(all),
		refused[len(all)/2], refused[last], through[len(all)/2], through[last])
}
