package main

import "time"

// limits are the settings of graph.Limits, with its defaults.
type limits struct {
	Body       int           `env:"LIMIT_BODY" envDefault:"131072"`
	Tokens     int           `env:"LIMIT_TOKENS" envDefault:"1000"`
	Depth      int           `env:"LIMIT_DEPTH" envDefault:"20"`
	Aliases    int           `env:"LIMIT_ALIASES" envDefault:"30"`
	Fields     int           `env:"LIMIT_FIELDS" envDefault:"500"`
	RootFields int           `env:"LIMIT_ROOT_FIELDS" envDefault:"20"`
	Mutations  int           `env:"LIMIT_MUTATIONS" envDefault:"5"`
	Directives int           `env:"LIMIT_DIRECTIVES" envDefault:"50"`
	Fragments  int           `env:"LIMIT_FRAGMENTS" envDefault:"50"`
	Cost       int           `env:"LIMIT_COST" envDefault:"15000"`
	Errors     int           `env:"LIMIT_ERRORS" envDefault:"20"`
	Timeout    time.Duration `env:"OPERATION_TIMEOUT" envDefault:"10s"`
}

// timeoutLimit is how long an operation may be set to run: its answer must be written before writeTimeout.
const timeoutLimit = writeTimeout - 5*time.Second

// check finds limits that would refuse every operation, and such that would not protect the service any more.
func (l *limits) check(wrong *faults) {
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
	} {
		if limit.value < limit.least || limit.value > limit.most {
			wrong.add("%s must be from %d to %d", limit.name, limit.least, limit.most)
		}
	}
	if l.Timeout < 100*time.Millisecond || l.Timeout > timeoutLimit {
		wrong.add("OPERATION_TIMEOUT must be from 100ms to %v", timeoutLimit)
	}
	if l.Mutations > l.RootFields {
		wrong.add("LIMIT_MUTATIONS must not be more than LIMIT_ROOT_FIELDS, which counts them too")
	}
}
