package direct_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/graph/direct"
	"gatehouse/graph/direct/internal/maze"
)

var count = flag.Int64("operations", 20_000, "how many random operations the executors must agree on")

var errRefused = errors.New("refused")

// refuses reports whether the middleware refuses a field of an object.
func refuses(field *ast.Field, object any) bool {
	if check(field.Definition) != direct.Guarded {
		return false
	}
	id := ""
	switch o := object.(type) {
	case *maze.Box:
		id = o.ID
	case *maze.Bag:
		id = o.ID
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id + field.Name))
	return h.Sum32()>>5%6 == 0
}

// check guards some of the fields.
func check(field *ast.FieldDefinition) direct.Check {
	switch field.Name {
	case "label", "number", "boxes", "things", "thing":
		return direct.Guarded
	case "size", "bag":
		return direct.Intercepted
	}
	return direct.Unguarded
}

// allowed is the quick form of middleware.
func allowed(_ context.Context, field *ast.Field, _ string, object any) bool {
	return !refuses(field, object)
}

// middleware refuses fields, and replaces the value of others.
func middleware(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	var object any
	if fc.Parent != nil {
		object = dereferenced(fc.Parent.Result)
	}
	if refuses(fc.Field.Field, object) {
		return nil, errRefused
	}
	value, err := next(ctx)
	if fc.Field.Name == "size" && err == nil {
		return value.(int) + 1, nil
	}
	return value, err
}

// dereferenced is an object of which gqlgen has a pointer for items of lists.
func dereferenced(object any) any {
	switch o := object.(type) {
	case **maze.Box:
		return *o
	case *maze.Thing:
		return pointer(*o)
	case *maze.Either:
		return pointer(*o)
	}
	return pointer(object)
}

func pointer(object any) any {
	if bag, ok := object.(maze.Bag); ok {
		return &bag
	}
	return object
}

// An answer is what an executor returned.
type answer struct {
	data   string
	errors []string // sorted
}

// An executor runs an operation.
type executor func(ctx context.Context, oc *graphql.OperationContext) []byte

// answerOf runs an operation in a context like that of the service.
func answerOf(ctx context.Context, tr trial, execute executor) answer {
	oc := &graphql.OperationContext{
		Doc: tr.document, Operation: tr.document.Operations[0], Variables: tr.variables, ResolverMiddleware: middleware,
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
		RecoverFunc:            func(_ context.Context, p any) error { return fmt.Errorf("panic: %v", p) },
	}
	ctx = graphql.WithOperationContext(ctx, oc)
	ctx = graphql.WithResponseContext(ctx, graphql.DefaultErrorPresenter, oc.RecoverFunc)
	a := answer{data: string(execute(ctx, oc))}
	for _, err := range graphql.GetErrors(ctx) {
		a.errors = append(a.errors, line(err))
	}
	slices.Sort(a.errors)
	return a
}

func line(err *gqlerror.Error) string {
	return fmt.Sprintf("%s %v %v", err.Path, err.Locations, err.Message)
}

// A pair of executors for the maze.
type pair struct {
	schema   graphql.ExecutableSchema
	compiler *direct.Compiler
}

func newPair() *pair {
	schema := maze.NewExecutableSchema(maze.Config{Resolvers: &maze.Resolver{}})
	return &pair{schema, direct.NewCompiler(schema.(direct.Executable), check)}
}

func (p *pair) gqlgen(ctx context.Context, _ *graphql.OperationContext) []byte {
	return p.schema.Exec(ctx)(ctx).Data
}

// differ runs an operation by both executors, of which direct may be broken, and
// returns how their answers differ. It is not direct if gqlgen has to execute it.
func (p *pair) differ(ctx context.Context, tr trial, mutate direct.Mutation) (difference string, isDirect bool) {
	o := p.compiler.Operation(tr.document, tr.document.Operations[0])
	if mutate != nil {
		o.Mutate(tr.variables, mutate)
	}
	return p.run(ctx, o, tr)
}

// run is differ for an operation that may have run before. One that gqlgen has to
// execute introspects directly.
func (p *pair) run(ctx context.Context, o *direct.Operation, tr trial) (difference string, isDirect bool) {
	own := answerOf(ctx, tr, func(ctx context.Context, oc *graphql.OperationContext) (data []byte) {
		if data, isDirect = o.Execute(ctx, oc, allowed); !isDirect {
			oc.RootResolverMiddleware = o.Introspect
			data = p.gqlgen(ctx, oc)
		}
		return data
	})
	theirs := answerOf(ctx, tr, p.gqlgen)
	if own.data != theirs.data || !slices.Equal(own.errors, theirs.errors) {
		return fmt.Sprintf("direct %s\n%q\ngqlgen %s\n%q", own.data, own.errors, theirs.data, theirs.errors), isDirect
	}
	if !json.Valid([]byte(own.data)) {
		return "not JSON: " + own.data, isDirect
	}
	return "", isDirect
}

// A trial is an operation with its variables.
type trial struct {
	text      string
	document  *ast.QueryDocument
	variables map[string]any
}

// trial makes the operation of a seed.
func (p *pair) trial(t *testing.T, seed int64) (trial, bool) {
	text, variables := newGenerator(p.schema.Schema(), uint64(seed)).operation()
	document, errs := gqlparser.LoadQueryWithRules(p.schema.Schema(), text, nil)
	if len(errs) > 0 {
		t.Errorf("%d: %s: %v", seed, text, errs)
		return trial{}, false
	}
	coerced, err := validator.VariableValues(p.schema.Schema(), document.Operations[0], variables)
	if err != nil {
		t.Errorf("%d: %s: %v", seed, text, err)
		return trial{}, false
	}
	return trial{text, document, coerced}, true
}

// TestExecutorsAgree gives both executors random operations: the same fields in
// any order, under aliases, merged, in fragments, with @skip and @include, with
// variables, on objects whose fields are null, fail and panic, and in contexts
// that are cancelled.
func TestExecutorsAgree(t *testing.T) {
	operations := *count
	if testing.Short() {
		operations = min(operations, 2_000)
	}
	p := newPair()
	var directly, failed, next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for seed := next.Add(1); seed <= operations && failed.Load() < 5; seed = next.Add(1) {
				tr, ok := p.trial(t, seed)
				if !ok {
					failed.Add(1)
					continue
				}
				ctx, cancel := context.WithCancel(t.Context())
				if seed%50 == 0 {
					cancel()
				}
				difference, isDirect := p.differ(ctx, tr, nil)
				cancel()
				if isDirect {
					directly.Add(1)
				}
				if difference != "" {
					t.Errorf("%d: %s %v\n%s", seed, tr.text, tr.variables, difference)
					failed.Add(1)
				}
			}
		})
	}
	workers.Wait()
	if n, least := directly.Load(), operations*6/10; n < least {
		t.Errorf("%d of %d operations were executed directly, want at least %d", n, operations, least)
	}
}

// TestExecutorsDisagree breaks the compiled operations in the ways that matter.
// Each is noticed.
func TestExecutorsDisagree(t *testing.T) {
	p := newPair()
	for name, mutate := range direct.Mutations {
		t.Run(name, func(t *testing.T) {
			for seed := range int64(3000) {
				tr, _ := p.trial(t, seed)
				if difference, _ := p.differ(t.Context(), tr, mutate); difference != "" {
					return
				}
			}
			t.Error("no operation shows it")
		})
	}
}
