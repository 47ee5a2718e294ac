package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The prefixes of requirements that name a role or a scope.
const (
	rolePrefix  = "role:"
	scopePrefix = "scope:"
	appPrefix   = "app:"
)

// A need is a requirement, read for deciding: comparing texts takes longer.
type need struct {
	kind   needKind
	name   string        // of a role or scope
	within time.Duration // of fresh
	least  int           // of factors
}

type needKind int

const (
	unknownNeed needKind = iota // no caller meets it
	needRole
	needScope
	needScopedApp
	needApp
	needSession
	needAuthenticated
	needFresh
	needFactors
)

// readNeed reads a requirement.
func readNeed(text string) need {
	kind, name, _ := strings.Cut(text, ":")
	switch kind + ":" {
	case rolePrefix:
		return need{kind: needRole, name: name}
	case scopePrefix:
		return need{kind: needScope, name: name}
	case freshPrefix:
		return need{kind: needFresh, within: time.Duration(atoi(name)) * time.Second}
	case factorsPrefix:
		return need{kind: needFactors, least: atoi(name)}
	}
	switch {
	case strings.HasPrefix(text, appPrefix):
		return need{kind: needScopedApp, name: name}
	case text == requireApp:
		return need{kind: needApp}
	case text == requireSession:
		return need{kind: needSession}
	case text == requireAuthenticated:
		return need{kind: needAuthenticated}
	}
	return need{}
}

// atoi reads the number in a requirement, which the compiler wrote.
func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// has reports whether the subject meets a requirement.
func (s *Subject) has(requirement string) bool { return s.meets(readNeed(requirement)) }

func (s *Subject) meets(n need) bool {
	switch n.kind {
	case needRole:
		return s.isPerson() && slices.Contains(s.Roles, n.name)
	case needScope:
		return slices.Contains(s.Scopes, n.name)
	case needScopedApp:
		return s.Delegated && slices.Contains(s.Scopes, n.name)
	case needApp:
		return s.Delegated
	case needSession:
		return s.isPerson()
	case needAuthenticated:
		return !s.Delegated
	case needFresh:
		return s.isFresh(n.within)
	case needFactors:
		return s.isPerson() && s.Factors >= n.least
	}
	return false
}

// isPerson reports whether the subject is a person in a session of their own.
// Nothing else proves who it is, so nothing else is fresh or has factors.
func (s *Subject) isPerson() bool { return !s.Delegated && !s.Key }

// isFresh reports whether the subject proved who they are less than some time ago.
// A time to come is no proof, and neither is an unknown one.
func (s *Subject) isFresh(within time.Duration) bool {
	if !s.isPerson() || s.AuthTime.IsZero() || s.Now.IsZero() {
		return false
	}
	age := s.Now.Sub(s.AuthTime)
	return age >= 0 && age < within
}
