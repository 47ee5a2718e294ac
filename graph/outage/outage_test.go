package outage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/graph/outage"
)

// Each cause is logged once in a while, with the request's id, and without the error's
// text.
func TestOutages(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	o := outage.New(slog.New(slog.NewTextHandler(&out, nil)), func() time.Time { return at })
	readOnly := fmt.Errorf("login: %w", &auth.UnavailableError{Cause: "25006 read_only_sql_transaction", Err: errors.New("canary")})
	for _, step := range []struct {
		after time.Duration
		err   error
		want  string // in the line that is logged; "" for no line
	}{
		{0, readOnly, `request_id=r1 cause="25006 read_only_sql_transaction" not_logged=0`},
		{time.Second, readOnly, ""},
		{time.Second, context.DeadlineExceeded, `cause="no answer in time" not_logged=0`},
		{7 * time.Second, readOnly, ""},
		{time.Second, readOnly, `cause="25006 read_only_sql_transaction" not_logged=2`},
		{9 * time.Second, readOnly, ""},
	} {
		at = at.Add(step.after)
		out.Reset()
		o.Warn(t.Context(), "r1", step.err)
		if got := out.String(); (got == "") != (step.want == "") || !strings.Contains(got, step.want) || strings.Contains(got, "canary") {
			t.Errorf("logged %q; want %q", got, step.want)
		}
	}
}
