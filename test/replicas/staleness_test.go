package replicas_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/test/harness/process"
	"gatehouse/test/history"
)

const bound = history.Bound

// A staleness is how late a replica was to refuse a token, since the revocation
// was acknowledged by another one.
type staleness struct {
	accepted time.Duration // until the last accepted request was sent, 0 without one
	refused  time.Duration // until the first refusal arrived
}

// untilRefused presents the token again and again until it is refused.
// acknowledged is when the revocation was.
func (c *connection) untilRefused(ctx context.Context, acknowledged time.Time, access string) (s staleness, err error) {
	for time.Since(acknowledged) < process.Patience {
		sent := time.Since(acknowledged)
		a, err := c.viewer(ctx, access)
		switch {
		case err != nil:
			return s, err
		case a.Code() == "":
			s.accepted = sent
		case a.Code() == "UNAUTHENTICATED":
			s.refused = time.Since(acknowledged)
			return s, nil
		case a.Code() != "UNAVAILABLE": // which says nothing about the token
			return s, fmt.Errorf("an access token was answered %d %q", a.Status, a.Code())
		}
	}
	return s, fmt.Errorf("%s never learns of the revocation", c.replica.name)
}

// wantRefused presents the token until it is refused, and fails if that takes
// longer than the bound.
func (c *connection) wantRefused(t *testing.T, acknowledged time.Time, access string) staleness {
	t.Helper()
	s, err := c.untilRefused(t.Context(), acknowledged, access)
	if err != nil {
		t.Fatal(err)
	}
	if s.accepted > bound {
		t.Errorf("%s accepted a token %v after its revocation was acknowledged", c.replica.name, s.accepted)
	}
	return s
}

// summary is the median and the worst of all measurements.
func summary(all []staleness) string {
	accepted, refused := make([]time.Duration, len(all)), make([]time.Duration, len(all))
	for i, s := range all {
		accepted[i], refused[i] = s.accepted, s.refused
	}
	slices.Sort(accepted)
	slices.Sort(refused)
	last := len(all) - 1
	return fmt.Sprintf("%d revocations: refused after %v (median), %v (worst); accepted for %v (median), %v (worst)", len(all),
		refused[len(all)/2], refused[last], accepted[len(all)/2], accepted[last])
}
