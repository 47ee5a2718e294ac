package graph

import (
	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/guard"
	"gatehouse/graph/transport"
)

// viewsKept is how many classes of callers have their view kept.
const viewsKept = 64

// A view is the schema as a class of callers knows it, ready to be executed.
type view struct {
	policy    *policy.Policy
	schema    graphql.ExecutableSchema
	documents *document.Cache
}

// views are the whole schema, and the parts of it that callers know where introspection is filtered.
type views struct {
	whole      *view
	filtered   *lru.Cache[string, *view] // by policy.Key; nil unless introspection is filtered
	executable Executable
	limits     document.Limits
	policy     *policy.Policy // of all
}

// An Executable makes a schema executable, ours or a part of it.
type Executable func(*ast.Schema) graphql.ExecutableSchema

func newViews(executable Executable, p *policy.Policy, limits document.Limits, introspection document.Introspection) (*views, error) {
	v := &views{executable: executable, limits: limits, policy: p}
	var err error
	if v.whole, err = v.view(p, introspection != document.IntrospectionOff); err != nil {
		return nil, err
	}
	if err := guard.Verify(v.whole.policy, v.whole.schema); err != nil {
		return nil, err
	}
	if introspection == document.IntrospectionFiltered {
		v.filtered, err = lru.New[string, *view](viewsKept)
	}
	return v, err
}

// view makes the view that a policy is of. Its descriptions say what is asked for.
func (v *views) view(p *policy.Policy, introspection bool) (*view, error) {
	p = p.Described()
	documents, err := document.NewCache(p, v.limits, introspection)
	if err != nil {
		return nil, err
	}
	return &view{policy: p, schema: v.executable(p.Schema()), documents: documents}, nil
}

// of returns the view that the caller has.
func (v *views) of(caller *auth.Principal) (*view, error) {
	if v.filtered == nil {
		return v.whole, nil
	}
	subject := caller.Subject()
	key := v.policy.Key(subject)
	if seen, ok := v.filtered.Get(key); ok {
		return seen, nil
	}
	made, err := v.view(v.policy.View(subject), true)
	if err != nil {
		return nil, err
	}
	v.filtered.Add(key, made)
	return made, nil
}

// operation returns what the request asks to run, or why it can't be.
func (v *view) operation(req *transport.Request) (*document.Operation, *fault.Fault) {
	doc, f := v.documents.Parse(req.Query)
	if f != nil {
		return nil, f
	}
	if op := doc.Operation(req.OperationName); op != nil {
		return op, nil
	}
	return nil, fault.Invalid(noOperation())
}
