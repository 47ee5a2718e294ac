package graph

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A connection notes its write deadline.
type connection struct {
	*httptest.ResponseRecorder
	deadline time.Time
	written  bool // without a deadline
}

func (c *connection) SetWriteDeadline(at time.Time) error {
	c.deadline = at
	return nil
}

func (c *connection) Write(b []byte) (int, error) {
	c.written = c.written || c.deadline.IsZero()
	return c.ResponseRecorder.Write(b)
}

// A client that does not read its answer is cut off, so that it does not occupy the
// service.
func TestWriteDeadline(t *testing.T) {
	s := newService(t)
	for _, body := range []string{`{"query":"{ __typename }"}`, `{`} {
		c := &connection{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		s.ServeHTTP(c, r)
		if want := noon().Add(writeTimeout); !c.deadline.Equal(want) || c.written {
			t.Errorf("%s: until %v, want %v before anything is written", body, c.deadline, want)
		}
	}
}
