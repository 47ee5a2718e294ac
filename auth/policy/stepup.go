package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// The requirements that a person meets by proving again who they are:
// fresh:SECONDS, factors:COUNT, and given:PATH beside the first.
const (
	freshPrefix   = "fresh:"
	factorsPrefix = "factors:"
	givenPrefix   = "given:"
)

// The bounds of the arguments within and least.
const (
	minFresh   = time.Second
	maxFresh   = 24 * time.Hour
	maxFactors = 2
)

// isStep reports whether the clause is of @fresh or @factors.
func (c clause) isStep() bool {
	return strings.HasPrefix(c.any[0], freshPrefix) || strings.HasPrefix(c.any[0], factorsPrefix)
}

// stepUp reports whether the subject would meet the clause after proving again
// who they are.
func (c clause) stepUp(s *Subject) bool { return s != nil && s.isPerson() && c.isStep() }

// onlySteps reports whether the subject would meet each of the clauses after
// proving again who they are.
func onlySteps(s *Subject, clauses []clause) bool {
	return !slices.ContainsFunc(clauses, func(c clause) bool { return !c.stepUp(s) })
}

// mayGive reports whether an argument can meet the clause in its place.
func (c clause) mayGive(s *Subject) bool { return c.given != "" && c.stepUp(s) }

// onlyGiven reports whether an argument can meet each of the clauses.
func onlyGiven(s *Subject, clauses []clause) bool {
	return !slices.ContainsFunc(clauses, func(c clause) bool { return !c.mayGive(s) })
}

// isGiven reports whether the argument that meets the clause is supplied, and
// not null. Whether it is right is for the field to say.
func (c clause) isGiven(field *ast.Field, vars map[string]any) bool {
	first, rest, deeper := strings.Cut(c.given, ".")
	arg := field.Arguments.ForName(first)
	if arg == nil {
		return false
	}
	value := arg.Value
	for deeper && value.Kind == ast.ObjectValue {
		first, rest, deeper = strings.Cut(rest, ".")
		if value = value.Children.ForName(first); value == nil {
			return false
		}
	}
	if value.Kind != ast.Variable {
		return !deeper && value.Kind != ast.NullValue
	}
	coerced := vars[value.Raw]
	for deeper {
		object, ok := coerced.(map[string]any)
		if !ok {
			return false
		}
		first, rest, deeper = strings.Cut(rest, ".")
		coerced = object[first]
	}
	return coerced != nil
}

// stepsAsked returns what a rule asks of a person who proves again who they are:
// the shortest time since, and the most factors; 0 for none.
func stepsAsked(required [][]string) (maxAge time.Duration, factors int) {
	for _, any := range required {
		if seconds, ok := strings.CutPrefix(any[0], freshPrefix); ok {
			if within := time.Duration(atoi(seconds)) * time.Second; maxAge == 0 || within < maxAge {
				maxAge = within
			}
		}
		if least, ok := strings.CutPrefix(any[0], factorsPrefix); ok {
			factors = max(factors, atoi(least))
		}
	}
	return maxAge, factors
}

// stepReason says why a person must prove again who they are.
func stepReason(missing []clause) Reason {
	for _, c := range missing {
		if strings.HasPrefix(c.any[0], factorsPrefix) {
			return OneFactor
		}
	}
	return Stale
}

// stepString describes what the clause requires of a person's proof.
func (c clause) stepString() string {
	if least, ok := strings.CutPrefix(c.any[0], factorsPrefix); ok {
		if least == "1" {
			return "1 factor"
		}
		return least + " factors"
	}
	words := "proof within " + freshPeriod(c.any[0])
	if c.given != "" {
		words += " or " + c.given
	}
	return words
}

// freshPeriod returns the time of a requirement, such as 10m.
func freshPeriod(need string) string {
	return period(time.Duration(atoi(strings.TrimPrefix(need, freshPrefix))) * time.Second)
}

// stepMarks returns short marks for what the requirements ask of a person's
// proof, such as f10m and 2f.
func stepMarks(required [][]string) (marks []string) {
	for _, any := range required {
		if strings.HasPrefix(any[0], freshPrefix) {
			marks = append(marks, "f"+freshPeriod(any[0]))
		}
		if least, ok := strings.CutPrefix(any[0], factorsPrefix); ok {
			marks = append(marks, least+"f")
		}
	}
	return marks
}

// stepMetBy reports whether all callers that meet a requirement of a step meet
// the clause: a shorter time and more factors are harder to meet.
func (c clause) stepMetBy(need string) bool {
	if slices.Contains(c.any, requireAuthenticated) || c.any[0] == requireSession {
		return true
	}
	if seconds, ok := strings.CutPrefix(need, freshPrefix); ok {
		allowed, same := strings.CutPrefix(c.any[0], freshPrefix)
		return same && atoi(seconds) <= atoi(allowed)
	}
	least, same := strings.CutPrefix(c.any[0], factorsPrefix)
	return same && atoi(strings.TrimPrefix(need, factorsPrefix)) >= atoi(least)
}

// fresh reads one @fresh on a field, its type, or its interface.
func (c *compiler) fresh(rule *Rule, field *ast.FieldDefinition, d *ast.Directive) {
	cl, ok := c.freshClause(rule.Coordinate, d)
	if !ok {
		return
	}
	cl.given = c.orGiven(rule, field, d)
	rule.add(cl)
}

// freshClause reads the argument within.
func (c *compiler) freshClause(coordinate string, d *ast.Directive) (clause, bool) {
	c.onlyArguments(coordinate, d, "within", "orGiven")
	within, err := time.ParseDuration(str(d, "within"))
	if err != nil || within < minFresh || within > maxFresh || within%time.Second != 0 {
		c.fault(coordinate, d.Position, `@fresh: within must be a time in whole seconds from "1s" to "24h", such as "10m"`)
		return clause{}, false
	}
	return clause{any: []string{freshPrefix + strconv.Itoa(int(within/time.Second))}}, true
}

// orGiven reads the argument orGiven, and checks that it names something that
// proves who the caller is.
func (c *compiler) orGiven(rule *Rule, field *ast.FieldDefinition, d *ast.Directive) string {
	arg := d.Arguments.ForName("orGiven")
	if arg == nil || arg.Value.Kind == ast.NullValue {
		return ""
	}
	path := str(d, "orGiven")
	typ, byDefault := typeAt(c.policy.schema, field, path)
	switch {
	case !slices.Contains(field.Directives, d):
		c.fault(rule.Coordinate, d.Position, "orGiven has no effect on a type or an interface: write @fresh on the field")
	case !rule.root:
		c.fault(rule.Coordinate, d.Position, "orGiven has no effect here: only the arguments of a root field can prove who the caller is")
	case field.Directives.ForName(sensitive) == nil:
		c.fault(rule.Coordinate, d.Position, "orGiven: what proves who the caller is is a secret: add @sensitive")
	case typ == nil || typ.NamedType != "String":
		c.fault(rule.Coordinate, d.Position, "orGiven: %q is not an argument of this field, or an input field of one, of type String", path)
	case typ.NonNull || byDefault != nil:
		c.fault(rule.Coordinate, d.Position, "orGiven: %q is always given: let it be null, without a default", path)
	default:
		return path
	}
	return ""
}

// factorsClause reads one @factors.
func (c *compiler) factorsClause(coordinate string, d *ast.Directive) (clause, bool) {
	c.onlyArguments(coordinate, d, "least")
	least := 0
	if arg := d.Arguments.ForName("least"); arg != nil && arg.Value.Kind == ast.IntValue {
		least, _ = strconv.Atoi(arg.Value.Raw) // 0 if it doesn't fit
	}
	if least < 1 || least > maxFactors {
		c.fault(coordinate, d.Position, "@factors: least must be 1 or %d", maxFactors)
		return clause{}, false
	}
	return clause{any: []string{factorsPrefix + strconv.Itoa(least)}}, true
}

// inputStep reads a @fresh or @factors on an argument or input field.
func (c *compiler) inputStep(rule *Rule, d *ast.Directive) {
	if arg := d.Arguments.ForName("orGiven"); arg != nil {
		c.fault(rule.Coordinate, d.Position, "orGiven has no effect on an argument or input field: remove it")
	}
	read := c.freshClause
	if d.Name == factors {
		read = c.factorsClause
	}
	if cl, ok := read(rule.Coordinate, d); ok {
		rule.add(cl)
	}
}

// onlyArguments reports the arguments that a directive doesn't have.
func (c *compiler) onlyArguments(coordinate string, d *ast.Directive, known ...string) {
	for _, arg := range d.Arguments {
		if !slices.Contains(known, arg.Name) {
			c.fault(coordinate, arg.Position, "@%s has no argument %q", d.Name, arg.Name)
		}
	}
}
