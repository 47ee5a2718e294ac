package settings

import (
	"time"

	"gatehouse/edge"
	"gatehouse/graph/document"
)

// limits are [document.Limits] with the names of their settings: one converts to
// the other.
type limits struct {
	Body       int           `env:"LIMIT_BODY"`
	Tokens     int           `env:"LIMIT_TOKENS"`
	Depth      int           `env:"LIMIT_DEPTH"`
	Aliases    int           `env:"LIMIT_ALIASES"`
	Fields     int           `env:"LIMIT_FIELDS"`
	RootFields int           `env:"LIMIT_ROOT_FIELDS"`
	Mutations  int           `env:"LIMIT_MUTATIONS"`
	Directives int           `env:"LIMIT_DIRECTIVES"`
	Fragments  int           `env:"LIMIT_FRAGMENTS"`
	Cost       int           `env:"LIMIT_COST"`
	Errors     int           `env:"LIMIT_ERRORS"`
	Timeout    time.Duration `env:"OPERATION_TIMEOUT"`
}

// timeoutLimit is the longest OPERATION_TIMEOUT: however slowly the request
// came, its answer must be sent before [edge.WriteTimeout].
const timeoutLimit = edge.WriteTimeout - edge.ReadTimeout - 5*time.Second

// checkLimits finds limits that would refuse every operation, and limits that
// would not protect the service any more.
func (c *checker) checkLimits() {
	l := document.Limits(c.s.Limits)
	for _, limit := range []struct {
		name               string
		value, least, most int
	}{
		{"LIMIT_BODY", l.Body, 1024, 16 << 20},
		{"LIMIT_TOKENS", l.Tokens, 10, 20_000},
		{"LIMIT_DEPTH", l.Depth, 2, 200},
		{"LIMIT_ALIASES", l.Aliases, 0, 2000},
		{"LIMIT_FIELDS", l.Fields, 2, 5000},
		{"LIMIT_ROOT_FIELDS", l.RootFields, 1, 1000},
		{"LIMIT_MUTATIONS", l.Mutations, 1, 1000},
		{"LIMIT_DIRECTIVES", l.Directives, 0, 2000},
		{"LIMIT_FRAGMENTS", l.Fragments, 0, 1000},
		{"LIMIT_COST", l.Cost, 100, 1_000_000},
		{"LIMIT_ERRORS", l.Errors, 1, 1000},
		{"MAX_REQUESTS_IN_FLIGHT", c.s.MaxRequests, 1, 1_000_000},
		{"MAX_CONNECTIONS", c.s.MaxConnections, 1, 1_000_000},
		{"DATABASE_POOL_SIZE", c.s.DatabasePoolSize, 2, 1000},
	} {
		if limit.value < limit.least || limit.value > limit.most {
			c.add(limit.name, "must be from %d to %d", limit.least, limit.most)
		}
	}
	if l.Timeout < 100*time.Millisecond || l.Timeout > timeoutLimit {
		c.add("OPERATION_TIMEOUT", "must be from 100ms to %v", timeoutLimit)
	}
	c.compare(l.Mutations <= l.RootFields, "LIMIT_MUTATIONS", []string{"LIMIT_ROOT_FIELDS"},
		"must not be more than LIMIT_ROOT_FIELDS, which counts them too")
	if d := c.s.ShutdownDelay; d < 0 || d > 5*time.Minute {
		c.add("SHUTDOWN_DELAY", "must be from 0s to 5m")
	}
}
