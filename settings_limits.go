package main

import (
	"time"

	"gatehouse/graph/document"
)

// limits are the settings of what a request may ask for.
func (s *settings) limits() document.Limits {
	return document.Limits{
		Body: s.LimitBody, Tokens: s.LimitTokens, Depth: s.LimitDepth, Aliases: s.LimitAliases, Fields: s.LimitFields,
		RootFields: s.LimitRootFields, Mutations: s.LimitMutations, Directives: s.LimitDirectives, Fragments: s.LimitFragments,
		Cost: s.LimitCost, Errors: s.LimitErrors, Timeout: s.OperationTimeout,
	}
}

// timeoutLimit is how long an operation may be set to run: its answer must be sent before writeTimeout, however slowly the request came.
const timeoutLimit = writeTimeout - readTimeout - 5*time.Second

// checkLimits finds limits that would refuse every operation, and such that would not protect the service any more.
func (s *settings) checkLimits(wrong *faults) {
	for _, limit := range []struct {
		name               string
		value, least, most int
	}{
		{"LIMIT_BODY", s.LimitBody, 1024, 16 << 20},
		{"LIMIT_TOKENS", s.LimitTokens, 10, 20_000},
		{"LIMIT_DEPTH", s.LimitDepth, 2, 200},
		{"LIMIT_ALIASES", s.LimitAliases, 0, 2000},
		{"LIMIT_FIELDS", s.LimitFields, 2, 5000},
		{"LIMIT_ROOT_FIELDS", s.LimitRootFields, 1, 1000},
		{"LIMIT_MUTATIONS", s.LimitMutations, 1, 1000},
		{"LIMIT_DIRECTIVES", s.LimitDirectives, 0, 2000},
		{"LIMIT_FRAGMENTS", s.LimitFragments, 0, 1000},
		{"LIMIT_COST", s.LimitCost, 100, 1_000_000},
		{"LIMIT_ERRORS", s.LimitErrors, 1, 1000},
		{"MAX_REQUESTS_IN_FLIGHT", s.MaxRequests, 1, 1_000_000},
		{"MAX_CONNECTIONS", s.MaxConnections, 1, 1_000_000},
	} {
		if limit.value < limit.least || limit.value > limit.most {
			wrong.add("%s must be from %d to %d", limit.name, limit.least, limit.most)
		}
	}
	if s.OperationTimeout < 100*time.Millisecond || s.OperationTimeout > timeoutLimit {
		wrong.add("OPERATION_TIMEOUT must be from 100ms to %v", timeoutLimit)
	}
	if s.LimitMutations > s.LimitRootFields {
		wrong.add("LIMIT_MUTATIONS must not be more than LIMIT_ROOT_FIELDS, which counts them too")
	}
}
