package policy

import (
	"slices"
	"strings"
)

// A Class is a kind of caller, with a column in a matrix.
type Class struct {
	Name    string   // such as role:admin
	Subject *Subject // nil for callers without a credential
	Owner   bool     // whether callers ask for their own objects
}

// A Matrix says who may reach what. It has a row for each coordinate with a
// rule and a column for each class of callers.
type Matrix struct {
	Classes []string    `json:"classes"`
	Rows    []MatrixRow `json:"rows"`
}

// A MatrixRow is one coordinate.
type MatrixRow struct {
	Coordinate  string             `json:"coordinate"`
	Requirement string             `json:"requirement"` // as in [Rule.String]
	Required    [][]string         `json:"required"`    // as in [Rule.Required]; empty if public
	Verdicts    map[string]Verdict `json:"verdicts"`    // by class
}

// Matrix returns who may reach what, sorted by coordinate: all root fields, and
// all coordinates that require something.
func (p *Policy) Matrix(classes []Class) Matrix {
	m := Matrix{Classes: make([]string, len(classes)), Rows: []MatrixRow{}}
	for i, class := range classes {
		m.Classes[i] = class.Name
	}
	for _, rule := range p.rules() {
		row := MatrixRow{
			Coordinate: rule.Coordinate, Requirement: rule.String(), Required: rule.Required(), Verdicts: make(map[string]Verdict, len(classes)),
		}
		for _, class := range classes {
			row.Verdicts[class.Name] = class.verdict(rule)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// verdict returns what the class may reach if it has proved lately who it is, with
// all factors. What that takes is in the row's requirement.
func (c Class) verdict(rule *Rule) Verdict {
	unmet := rule.unmet(c.Subject)
	switch {
	case onlySteps(c.Subject, unmet), c.Owner && onlySelf(c.Subject, unmet):
		return Allow
	case onlySelf(c.Subject, unmet):
		return Self
	default:
		return Deny
	}
}

// rules returns the rules that the schema declares, sorted by coordinate: those
// of root fields, those of fields that are declared public, and those that
// require something. It leaves out interfaces, whose fields require what their
// types' fields do.
func (p *Policy) rules() []*Rule {
	var all []*Rule
	for _, def := range p.schema.Types {
		if def.IsAbstractType() {
			continue
		}
		for _, field := range def.Fields {
			if rule := p.fields[field]; rule != nil {
				all = append(all, rule)
			}
			if rule := p.inputs[field]; rule != nil {
				all = append(all, rule)
			}
			for _, arg := range field.Arguments {
				if rule := p.args[arg]; rule != nil {
					all = append(all, rule)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b *Rule) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return all
}

// String describes what the rule requires, for example "role admin or support,
// and scope read:users or self (id)".
func (r *Rule) String() string {
	if len(r.clauses) == 0 {
		return "public"
	}
	parts := make([]string, len(r.clauses))
	for i, c := range r.clauses {
		parts[i] = c.String()
	}
	return strings.Join(parts, ", and ")
}

// String describes what the clause requires, for example "authentication (apps:
// profile or email)" or "role admin or self (id)".
func (c clause) String() string {
	if c.isStep() {
		return c.stepString()
	}
	switch c.any[0] {
	case requireSession:
		return "authentication in a session"
	case requireAuthenticated:
		if apps := inWords(c.any[1:]); apps != "" {
			return "authentication (" + apps + ")"
		}
		return "authentication"
	}
	kind, _, _ := strings.Cut(c.any[0], ":")
	words := kind + " " + strings.Join(names(c.any), " or ")
	switch apps := inWords(c.apps); {
	case c.self == "":
		return words
	case apps == "":
		return words + " or self (" + c.self + ")"
	default:
		return words + " or self (" + c.self + "; " + apps + ")"
	}
}

// inWords describes what may act for a person, or returns "" if nothing may.
func inWords(apps []string) string {
	switch {
	case len(apps) == 0:
		return ""
	case apps[0] == requireApp:
		return "apps: any"
	}
	return "apps: " + strings.Join(names(apps), " or ")
}

// names returns the names in requirements such as role:NAME.
func names(needs []string) []string {
	all := make([]string, len(needs))
	for i, need := range needs {
		_, all[i], _ = strings.Cut(need, ":")
	}
	return all
}
