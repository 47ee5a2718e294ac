package direct

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxConditions is how many variables @skip and @include of an operation may
// have. Each doubles the plans that it may need.
const maxConditions = 4

// A Compiler compiles the operations of a schema.
type Compiler struct {
	executable Executable
	check      func(*ast.FieldDefinition) Check
	types      Types
}

// NewCompiler returns the compiler of a schema. check says what to ask before a
// field is read.
func NewCompiler(e Executable, check func(*ast.FieldDefinition) Check) *Compiler {
	return &Compiler{executable: e, check: check, types: e.Types()}
}

// An Operation is a validated operation, compiled when it first runs. It is safe
// for concurrent use.
type Operation struct {
	compiler   *Compiler
	document   *ast.QueryDocument
	operation  *ast.OperationDefinition
	conditions []string
	plans      []atomic.Pointer[plan] // by the values of the conditions, as bits

	mu    sync.Mutex // held while one is compiled
	nodes int        // of all plans
}

// A plan is a compiled operation for some values of its conditions. Without a
// root, gqlgen has to execute it.
type plan struct {
	root *object
	size atomic.Int64 // of the last answer, in bytes
}

// Operation returns an operation of a valid document.
func (c *Compiler) Operation(document *ast.QueryDocument, operation *ast.OperationDefinition) *Operation {
	o := &Operation{compiler: c, document: document, operation: operation, conditions: conditions(document, operation)}
	if len(o.conditions) <= maxConditions {
		o.plans = make([]atomic.Pointer[plan], 1<<len(o.conditions))
	}
	return o
}

// plan returns the plan for the values of variables, nil if gqlgen has to
// execute the operation.
func (o *Operation) plan(variables map[string]any) *plan {
	if o.plans == nil {
		return nil
	}
	index := 0
	for i, name := range o.conditions {
		value, known := variables[name].(bool)
		if !known {
			return nil
		}
		if value {
			index |= 1 << i
		}
	}
	p := o.plans[index].Load()
	if p == nil {
		p = o.fill(&o.plans[index], variables)
	}
	if p.root == nil {
		return nil
	}
	return p
}

// fill compiles a plan, unless another caller has done so.
func (o *Operation) fill(place *atomic.Pointer[plan], variables map[string]any) *plan {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := place.Load()
	if p == nil {
		p = o.compile(variables)
		place.Store(p)
	}
	return p
}

func (o *Operation) compile(variables map[string]any) *plan {
	c := o.compilation(variables, o.nodes)
	root := c.schema.Query
	switch o.operation.Operation {
	case ast.Mutation:
		root = c.schema.Mutation
	case ast.Subscription:
		return &plan{}
	}
	compiled, ok := c.object(root.Name, o.operation.SelectionSet, false)
	if !ok {
		return &plan{}
	}
	o.nodes = c.nodes
	return &plan{root: compiled}
}

// compilation begins a plan beside others that have so many nodes.
func (o *Operation) compilation(variables map[string]any, nodes int) *compilation {
	return &compilation{
		schema: o.compiler.executable.Schema(), types: o.compiler.types, check: o.compiler.check,
		oc: &graphql.OperationContext{Doc: o.document, Variables: variables}, nodes: nodes,
	}
}

// Allowed reports whether the caller of a context may read a plain field of an
// object. If it reports false, the field passes the operation's middleware.
type Allowed func(ctx context.Context, field *ast.Field, typename string, object any) bool

// Execute runs the operation and returns its data. Errors are added to the
// context, as gqlgen adds them. With a nil allowed, all plain fields may be read
// whatever their check is. It is not ok, and nothing has run, if gqlgen has to
// execute the operation.
func (o *Operation) Execute(ctx context.Context, oc *graphql.OperationContext, allowed Allowed) (data []byte, ok bool) {
	p := o.plan(oc.Variables)
	if p == nil {
		return nil, false
	}
	w := &writer{
		oc: oc, execution: o.compiler.executable.Execution(oc), allowed: allowed,
		buf: make([]byte, 0, p.size.Load()+64),
	}
	w.ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: p.root.name})
	var valid bool
	if o.operation.Operation == ast.Query {
		valid = w.concurrently(p.root)
	} else {
		valid = w.write(p.root, nil)
	}
	if !valid {
		return []byte("null"), true
	}
	p.size.Store(int64(len(w.buf)))
	return w.buf, true
}

// concurrently writes the root of a query. Its fields are resolved at the same
// time, each in a buffer of its own.
func (w *writer) concurrently(o *object) (valid bool) {
	resolved := 0
	for i := range o.nodes {
		if o.nodes[i].def != nil {
			resolved++
		}
	}
	if resolved < 2 {
		return w.write(o, nil)
	}
	parts := make([]writer, len(o.nodes))
	found := make([]bool, len(o.nodes))
	var wait sync.WaitGroup
	for i := range o.nodes {
		parts[i] = writer{oc: w.oc, execution: w.execution, allowed: w.allowed, ctx: w.ctx}
		if o.nodes[i].def != nil && resolved > 1 {
			resolved--
			wait.Go(func() { found[i] = parts[i].field(&o.nodes[i], nil) })
		} else {
			found[i] = parts[i].field(&o.nodes[i], nil)
		}
	}
	wait.Wait()
	valid = true
	for i := range parts {
		w.buf = append(w.buf, parts[i].buf...)
		valid = valid && (found[i] || !o.nodes[i].nonNull)
	}
	w.buf = append(w.buf, '}')
	return valid
}
