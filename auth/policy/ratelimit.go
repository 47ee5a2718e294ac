package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// A RateKey is something by which the uses of a field are counted separately.
type RateKey string

// The values of @rateLimit's argument by.
const (
	ByIP       RateKey = "IP"       // the client's IP
	ByUser     RateKey = "USER"     // the caller, or the IP if there is no caller
	ByArgument RateKey = "ARGUMENT" // the value of an argument, or the IP if it has no value
	ByKey      RateKey = "KEY"      // the caller's API key, or as ByUser without one
)

// The largest values of @rateLimit's arguments limit and per.
const (
	maxRateLimit  = 1_000_000
	maxRatePeriod = 24 * time.Hour
)

// rateKeyWords are the words for each key; the argument's name follows the last.
var rateKeyWords = map[RateKey]string{ByIP: "address", ByUser: "caller", ByArgument: "value of ", ByKey: "API key"}

// A RateLimit limits how often a field is resolved: a burst of Limit, then
// Limit per Per on average. Each combination of what By lists has its own
// count. Each field that an operation resolves counts, so aliases don't help.
//
// A policy only says what the limits are. The executor of operations counts, at
// each field whose [Policy.Rule] has a limit.
type RateLimit struct {
	Coordinate string // of the field
	Limit      int
	Per        time.Duration
	By         []RateKey
	Argument   string // for ByArgument, the argument's dotted path, such as input.email
}

// A Use is one use of a limited field. Uses with the same limit and key are
// counted together.
type Use struct {
	Limit *RateLimit
	Key   string
}

// RateLimits returns all rate limits of the schema, sorted.
func (p *Policy) RateLimits() []*RateLimit {
	var all []*RateLimit
	for _, rule := range p.fields {
		for _, limit := range rule.RateLimits {
			if !slices.Contains(all, limit) { // an interface's field has the limits of its types
				all = append(all, limit)
			}
		}
	}
	slices.SortFunc(all, func(a, b *RateLimit) int {
		return strings.Compare(a.Coordinate+" "+a.String(), b.Coordinate+" "+b.String())
	})
	return all
}

// Of reports whether the limit belongs to a field of the type. Selecting a
// field through an interface finds the limits of all its types.
func (l *RateLimit) Of(typename string) bool {
	name, _, _ := strings.Cut(l.Coordinate, ".")
	return name == typename
}

// Value returns the value of the limit's argument in an operation as text: a
// string, number or boolean. vars are the coerced variables of the operation.
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

// String describes the limit, for example "60 in 1m for each address".
func (l *RateLimit) String() string {
	words := make([]string, len(l.By))
	for i, key := range l.By {
		words[i] = rateKeyWords[key]
		if key == ByArgument {
			words[i] += l.Argument
		}
	}
	return fmt.Sprintf("%d in %s for each %s", l.Limit, period(l.Per), strings.Join(words, " and "))
}

// period returns a duration without its zero units: 1m, not 1m0s.
func period(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// rateLimits reads the rate limits of a field.
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

// rate reads the arguments limit and per.
func (c *compiler) rate(limit *RateLimit, d *ast.Directive) {
	if arg := d.Arguments.ForName("limit"); arg != nil && arg.Value.Kind == ast.IntValue {
		_, _ = fmt.Sscan(arg.Value.Raw, &limit.Limit) // leaves 0 if it doesn't fit
	}
	if limit.Limit < 1 || limit.Limit > maxRateLimit {
		c.fault(limit.Coordinate, d.Position, "@rateLimit: limit must be a whole number from 1 to %d", maxRateLimit)
	}
	var err error
	if limit.Per, err = time.ParseDuration(str(d, "per")); err != nil || limit.Per < time.Second || limit.Per > maxRatePeriod {
		c.fault(limit.Coordinate, d.Position, `@rateLimit: per must be a time from "1s" to "24h", such as "1m"`)
	}
}

// rateKeys reads the arguments by and argument.
func (c *compiler) rateKeys(limit *RateLimit, schema *ast.Schema, field *ast.FieldDefinition, d *ast.Directive) {
	for _, name := range enums(d, "by") {
		key := RateKey(name)
		if !slices.Contains([]RateKey{ByIP, ByUser, ByArgument, ByKey}, key) || slices.Contains(limit.By, key) {
			c.fault(limit.Coordinate, d.Position, "@rateLimit: by must list each of IP, USER, KEY and ARGUMENT at most once")
			return
		}
		limit.By = append(limit.By, key)
	}
	named := d.Arguments.ForName("argument") != nil
	switch {
	case len(limit.By) == 0:
		c.fault(limit.Coordinate, d.Position, "@rateLimit: by must list at least one of IP, USER, KEY and ARGUMENT")
	case named != slices.Contains(limit.By, ByArgument):
		c.fault(limit.Coordinate, d.Position, "@rateLimit: by: ARGUMENT and argument go together: set both or neither")
	case named && !leaf(schema, field, limit.Argument):
		c.fault(limit.Coordinate, d.Position, "@rateLimit: %q is not an argument of this field, or an input field of one, with a single value", limit.Argument)
	}
}

// leaf reports whether a dotted path leads from the arguments of a field to a
// single scalar or enum value.
func leaf(schema *ast.Schema, field *ast.FieldDefinition, path string) bool {
	typ, _ := typeAt(schema, field, path)
	if typ == nil {
		return false
	}
	def := schema.Types[typ.NamedType] // nil for a list, whose NamedType is ""
	return def != nil && def.IsLeafType()
}

// typeAt returns the type, and the default if there is one, of what a dotted path
// leads to from the arguments of a field. The type is nil if that is nothing.
func typeAt(schema *ast.Schema, field *ast.FieldDefinition, path string) (typ *ast.Type, byDefault *ast.Value) {
	first, rest, deeper := strings.Cut(path, ".")
	arg := field.Arguments.ForName(first)
	if arg == nil {
		return nil, nil
	}
	typ, byDefault = arg.Type, arg.DefaultValue
	for deeper {
		def := schema.Types[typ.NamedType]
		if def == nil || def.Kind != ast.InputObject {
			return nil, nil
		}
		first, rest, deeper = strings.Cut(rest, ".")
		next := def.Fields.ForName(first)
		if next == nil {
			return nil, nil
		}
		typ, byDefault = next.Type, next.DefaultValue
	}
	return typ, byDefault
}

// enums reads an argument that is a list of enum values. GraphQL takes a single
// value for a list of one.
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
