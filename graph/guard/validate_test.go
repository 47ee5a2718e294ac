package guard_test

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/graph/guard"
	"gatehouse/graph/guard/internal/shop"
)

// A generated is an executable schema as gqlgen generates one, of resolvers R
// and directives D. It executes nothing.
type generated[R, D any] graphql.ExecutableSchemaState[R, D, struct{}]

func (g *generated[R, D]) Schema() *ast.Schema { return g.SchemaData }

func (g *generated[R, D]) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (g *generated[R, D]) Exec(context.Context) graphql.ResponseHandler { return nil }

type (
	none struct{}

	// run are the directives of a schema of which gqlgen.yml skips some.
	run struct {
		Authenticated func()
		HasScope      func()
		Cost          func() // not ours
	}

	// plainRoot resolves items that have an owner, and ownerless ones that don't.
	plainRoot     interface{ Query() itemsQuery }
	ownerlessRoot interface{ Query() ownerlessQuery }
	resolvedRoot  interface {
		Query() itemsQuery
		Item() itemResolver
	}
	loginRoot   interface{ Mutation() loginMutation }
	noLoginRoot interface{ Mutation() noLoginMutation }

	itemsQuery interface {
		Items(ctx context.Context) ([]*item, error)
	}
	ownerlessQuery interface {
		Items(ctx context.Context) ([]*ownerless, error)
	}
	itemResolver interface {
		OwnerID(ctx context.Context, obj *item) (*string, error)
	}
	loginMutation interface {
		Login(ctx context.Context) (*shop.Login, error)
	}
	noLoginMutation interface {
		Login(ctx context.Context) (*item, error)
	}
	item      struct{ OwnerID *string }
	ownerless struct{ Price int }
)

const items = `
	type Query { items: [Item!] @public }
	type Item { owner_id: ID cost: Int @hasScope(scope: "read:costs", orSelf: "owner_id") }
	type Mutation { login: Login @public @authenticates }
	type Login { item: Item }`

func schemaOf(sdl string) *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "shop.graphqls", Input: policy.DirectivesSDL() + policy.RateLimitDirective + sdl})
}

// TestValidate: what would keep the guard from enforcing a policy is an error that says what to do.
func TestValidate(t *testing.T) {
	schema := schemaOf(items)
	limited := schemaOf(strings.Replace(items, "login: Login", `login: Login @rateLimit(limit: 1, per: "1m", by: IP)`, 1))
	tests := []struct {
		name   string
		schema graphql.ExecutableSchema
		want   string // "" for no error
	}{
		{"directives that the generated code runs", &generated[plainRoot, run]{SchemaData: schema}, "runs @authenticated, @hasScope itself"},
		{"how to mend it", &generated[plainRoot, run]{SchemaData: schema}, "gqlgen.yml and generate again\n\n" + policy.GqlgenConfig},
		{"a model without the field of an orSelf", &generated[ownerlessRoot, none]{SchemaData: schema}, "Item.cost: orSelf: nothing can read Item.owner_id, which is not a plain field of guard_test.ownerless"},
		{"a resolver for the field of an orSelf", &generated[resolvedRoot, none]{SchemaData: schema}, "Item.cost: orSelf: nothing can read Item.owner_id, which has a resolver"},
		{"a login that does not name its user", &generated[noLoginRoot, none]{SchemaData: schema}, "Mutation.login is @authenticates, so *guard_test.item needs a method Subject() *policy.Subject"},
		{"limits that nothing counts", &generated[plainRoot, none]{SchemaData: limited}, "@rateLimit is not counted here: remove it from Mutation.login"},

		{"models with the field", &generated[plainRoot, none]{SchemaData: schema}, ""},
		{"a login that names its user", &generated[loginRoot, none]{SchemaData: schema}, ""},
		{"no resolvers that can be seen", &generated[none, none]{SchemaData: schema}, ""},
		{"another implementation", wrapped{&generated[plainRoot, none]{SchemaData: schema}}, ""},
		{"another implementation, by pointer", &wrapped{&generated[plainRoot, none]{SchemaData: schema}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := policy.Compile(tt.schema.Schema(), policy.Config{})
			if err != nil {
				t.Fatal(err)
			}
			err = guard.New(p, subjectOf).Validate(tt.schema)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestValidateShop: real generated code passes, but not with the policy of
// another schema or without one.
func TestValidateShop(t *testing.T) {
	schema, p := compiled(t, &shop.Resolver{})
	if err := guard.New(p, subjectOf).Validate(schema); err != nil {
		t.Error(err)
	}
	another, err := policy.Compile(other(schema), policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]*guard.Extension{
		"another schema": guard.New(another, subjectOf), "New needs": guard.New(nil, subjectOf), "New needs a policy": guard.New(p, nil),
	} {
		if err := e.Validate(schema); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUse: a server doesn't start with a guard that can't enforce its policy.
func TestUse(t *testing.T) {
	schema, p := compiled(t, &shop.Resolver{})
	handler.New(schema).Use(guard.New(p, subjectOf))
	defer func() {
		if recover() == nil {
			t.Error("the server uses a guard of another schema")
		}
	}()
	handler.New(shop.NewExecutableSchema(shop.Config{Schema: other(schema)})).Use(guard.New(p, subjectOf))
}
