package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// A RateKey is one of the things by which a field's uses are counted apart.
type RateKey string

// What the argument by of @rateLimit may list.
const (
	ByIP       RateKey = "IP"       // the address of the client
	ByUser     RateKey = "USER"     // the caller; for those who are not logged in, the address
	ByArgument RateKey = "ARGUMENT" // the value of an argument; where there is none, the address
)

// What a @rateLimit may ask for.
const (
	rateLimitMost  = 1_000_000
	ratePeriodMost = 24 * time.Hour
)

// A RateLimit bounds how often a field is resolved: Limit times at once, and from then on as often as Per has room for Limit of them. Each
// combination of what By lists is counted for itself, and each field that an operation resolves counts, so that aliases multiply nothing.
//
// A policy says what the limits are. Whoever executes operations counts, at the fields that Policy.Rule has a limit for.
type RateLimit struct {
	Coordinate string // of the field
	Limit      int
	Per        time.Duration
	By         []RateKey
	Argument   string // the dotted path of the argument that ByArgument means, such as input.email
}

// A Use is one use of a limited field. Uses with the same limit and key are
// counted together.
type Use struct {
	Limit *RateLimit
	Key   string
}

// RateLimits returns all that the schema limits.
func (p *Policy) RateLimits() []*RateLimit {
	var all []*RateLimit
	for _, rule := range p.fields {
		for _, limit := range rule.RateLimits {
			if !slices.Contains(all, limit) { // an interface's field has those of its types
				all = append(all, limit)
			}
		}
	}
	slices.SortFunc(all, func(a, b *RateLimit) int {
		return strings.Compare(a.Coordinate+" "+a.String(), b.Coordinate+" "+b.String())
	})
	return all
}

// Of reports whether the limit is that of a field of the type, which a field selected through an interface is not for every object.
func (l *RateLimit) Of(typename string) bool {
	name, _, _ := strings.Cut(l.Coordinate, ".")
	return name == typename
}

// Value returns the string, number or boolean that an operation gives the argument, as text. vars are its variables, coerced.
func (l *RateLimit) Value(field *ast.Field, vars map[string]any) (string, bool) {
	first, rest, _ := strings.Cut(l.Argument, ".")
	value := field.ArgumentMap(vars)[first]
	for rest != "" {
		object, ok := value.(map[string]any)
		if !ok {
			return "", false
		}
		first, rest, _ = strings.Cut(rest, ".")
		value = object[first]
	}
	if value == nil {
		return "", false
	}
	return fmt.Sprint(value), true
}

// String says the limit in words, such as: 60 in 1m for each address.
func (l *RateLimit) String() string {
	words := make([]string, len(l.By))
	for i, key := range l.By {
		words[i] = map[RateKey]string{ByIP: "address", ByUser: "caller", ByArgument: "value of " + l.Argument}[key]
	}
	return fmt.Sprintf("%d in %s for each %s", l.Limit, period(l.Per), strings.Join(words, " and "))
}

// period is a duration without the units that it has none of, such as 1m for 1m0s.
func period(d time.Duration) string {
	text := d.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// rateLimits reads how often a field may be resolved.
func (c *compiler) rateLimits(rule *Rule, schema *ast.Schema, field *ast.FieldDefinition) {
	for _, d := range field.Directives.ForNames(rateLimit) {
		limit := &RateLimit{Coordinate: rule.Coordinate, Argument: str(d, "argument")}
		c.rate(limit, d)
		c.rateKeys(limit, schema, field, d)
		rule.RateLimits = append(rule.RateLimits, limit)
	}
	if len(rule.RateLimits) > 0 && leadsToRoot(schema, field) {
		c.fault(rule.Coordinate, field.Position, notEnforced, field.Type.Name())
	}
}

// rateArguments reads how much there may be in which time.
func (c *compiler) rate(limit *RateLimit, d *ast.Directive) {
	if arg := d.Arguments.ForName("limit"); arg != nil && arg.Value.Kind == ast.IntValue {
		_, _ = fmt.Sscan(arg.Value.Raw, &limit.Limit) // 0 for what is none
	}
	if limit.Limit < 1 || limit.Limit > rateLimitMost {
		c.fault(limit.Coordinate, d.Position, "@rateLimit: limit is a whole number from 1 to %d", rateLimitMost)
	}
	var err error
	if limit.Per, err = time.ParseDuration(str(d, "per")); err != nil || limit.Per < time.Second || limit.Per > ratePeriodMost {
		c.fault(limit.Coordinate, d.Position, `@rateLimit: per is a time from "1s" to "24h", such as "1m"`)
	}
}

// ratedBy reads by what uses are counted apart.
func (c *compiler) rateKeys(limit *RateLimit, schema *ast.Schema, field *ast.FieldDefinition, d *ast.Directive) {
	for _, name := range enums(d, "by") {
		key := RateKey(name)
		if !slices.Contains([]RateKey{ByIP, ByUser, ByArgument}, key) || slices.Contains(limit.By, key) {
			c.fault(limit.Coordinate, d.Position, "@rateLimit: by lists each of IP, USER and ARGUMENT once at most")
			return
		}
		limit.By = append(limit.By, key)
	}
	named := d.Arguments.ForName("argument") != nil
	switch {
	case len(limit.By) == 0:
		c.fault(limit.Coordinate, d.Position, "@rateLimit: by lists at least one of IP, USER and ARGUMENT")
	case named != slices.Contains(limit.By, ByArgument):
		c.fault(limit.Coordinate, d.Position, "@rateLimit: by: ARGUMENT and argument go together")
	case named && !leaf(schema, field, limit.Argument):
		c.fault(limit.Coordinate, d.Position, "@rateLimit: %q is not an argument of this field, or an input field of one, with a single value", limit.Argument)
	}
}

// leaf reports whether a dotted path leads from the arguments of a field to a single scalar or enum value.
func leaf(schema *ast.Schema, field *ast.FieldDefinition, path string) bool {
	first, rest, deeper := strings.Cut(path, ".")
	arg := field.Arguments.ForName(first)
	if arg == nil {
		return false
	}
	typ := arg.Type
	for deeper {
		def := schema.Types[typ.NamedType]
		if def == nil || def.Kind != ast.InputObject {
			return false
		}
		first, rest, deeper = strings.Cut(rest, ".")
		next := def.Fields.ForName(first)
		if next == nil {
			return false
		}
		typ = next.Type
	}
	def := schema.Types[typ.NamedType] // "" of a list is no type
	return def != nil && def.IsLeafType()
}

// enums reads an argument that is a list of enum values; GraphQL takes a single value for a list of one.
func enums(d *ast.Directive, name string) []string {
	arg := d.Arguments.ForName(name)
	if arg == nil {
		return nil
	}
	if arg.Value.Kind == ast.EnumValue {
		return []string{arg.Value.Raw}
	}
	var all []string
	for _, child := range arg.Value.Children {
		all = append(all, child.Value.Raw)
	}
	return all
}
