package load

import (
	"bytes"
	"fmt"
)

// A Link is a session with its current refresh token.
type Link struct{ Token string }

// A Chain refreshes sessions in turn: each answer has the token for the session's next request.
// Each worker has its own sessions.
type Chain struct {
	refresh func(token string) Request
	field   []byte    // what comes before the next token in an answer
	links   [][]*Link // by worker
	turns   []int
}

// NewChain distributes the sessions to the workers. Each worker must get one. refresh returns the
// request for a token; field is the name of the next token in the JSON of its answer.
func NewChain(workers int, sessions []*Link, refresh func(token string) Request, field string) *Chain {
	c := &Chain{refresh: refresh, field: fmt.Appendf(nil, `%q:"`, field), links: make([][]*Link, workers), turns: make([]int, workers)}
	for i, l := range sessions {
		c.links[i%workers] = append(c.links[i%workers], l)
	}
	return c
}

// Next implements [Source].
func (c *Chain) Next(worker int) Request {
	c.turns[worker] = (c.turns[worker] + 1) % len(c.links[worker])
	return c.refresh(c.links[worker][c.turns[worker]].Token)
}

// Answered implements [Source].
func (c *Chain) Answered(worker int, body []byte) error {
	_, rest, _ := bytes.Cut(body, c.field)
	token, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return fmt.Errorf("the answer to refresh is %.300s", body)
	}
	c.links[worker][c.turns[worker]].Token = string(token)
	return nil
}
