package graph

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/guard"
)

// cachedViews is how many classes of callers have their view cached.
const cachedViews = 64

// A view is the schema as one class of callers sees it.
type view struct {
	policy    *policy.Policy
	scopes    []policy.Scope
	schema    graphql.ExecutableSchema
	documents *document.Cache
}

// views are the views of a schema.
type views struct {
	whole         *view
	filtered      *lru.Cache[string, *view] // by policy.Key; nil unless introspection is filtered
	executable    Executable
	executor      Executor
	limits        document.Limits
	policy        *policy.Policy // of the whole schema
	introspection bool           // is not off
}

// An Executable makes a schema executable: the whole one or a part of it.
type Executable func(*ast.Schema) graphql.ExecutableSchema

func newViews(parts Parts) (*views, error) {
	v := &views{
		executable: parts.Executable, executor: parts.Executor, limits: parts.Limits, policy: parts.Policy,
		introspection: parts.Introspection != document.IntrospectionOff,
	}
	var err error
	if v.whole, err = v.view(v.policy); err != nil {
		return nil, err
	}
	if err := guard.Verify(v.whole.policy, v.whole.schema); err != nil {
		return nil, err
	}
	if parts.Introspection == document.IntrospectionFiltered {
		v.filtered, err = lru.New[string, *view](cachedViews)
	}
	return v, err
}

// view returns the view of a policy's schema. Its descriptions say what each
// field requires.
func (v *views) view(p *policy.Policy) (*view, error) {
	p = p.Described()
	schema := v.executable(p.Schema())
	documents, err := document.NewCache(p, v.limits, v.introspection, v.executor.compiler(schema, p))
	if err != nil {
		return nil, err
	}
	return &view{policy: p, scopes: v.scopes(p), schema: schema, documents: documents}, nil
}

// scopes returns the scopes of a policy, without the names of what they open if
// introspection is off.
func (v *views) scopes(p *policy.Policy) []policy.Scope {
	all := p.ScopeList()
	if !v.introspection {
		for i := range all {
			all[i].Coordinates = []string{}
		}
	}
	return all
}

// of returns the view of a caller.
func (v *views) of(caller *auth.Principal) (*view, error) {
	if v.filtered == nil {
		return v.whole, nil
	}
	subject := caller.Subject(time.Time{}) // what a proof would open is shown at any time
	key := v.policy.Key(subject)
	if cached, ok := v.filtered.Get(key); ok {
		return cached, nil
	}
	made, err := v.view(v.policy.View(subject))
	if err != nil {
		return nil, err
	}
	v.filtered.Add(key, made)
	return made, nil
}
