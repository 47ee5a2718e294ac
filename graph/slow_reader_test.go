package graph

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A connection notes until when an answer must be read.
type connection struct {
	*httptest.ResponseRecorder
	deadline time.Time
	written  bool // before there was a deadline
}

func (c *connection) SetWriteDeadline(at time.Time) error {
	c.deadline = at
	return nil
}

func (c *connection) Write(b []byte) (int, error) {
	c.written = c.written || c.deadline.IsZero()
	return c.ResponseRecorder.Write(b)
}

// Whoever does not read an answer has it taken away, be it of an operation or a refusal: until then they have a place of the service.
func TestAnswersMustBeRead(t *testing.T) {
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
