package policy

import (
	"slices"
	"strings"
	"testing"
)

// shop is a schema whose customers require a scope.
const shop = `type Customer { id: ID! name: String }
type CustomerConnection { edges: [CustomerEdge!] pageInfo: PageInfo }
type CustomerEdge { node: Customer cursor: String }
type PageInfo { more: Boolean }
`

func TestDetours(t *testing.T) {
	guarded := shop + `type Query { customers: CustomerConnection @hasScope(scope: "read:customers") `
	way := `Query.customers > CustomerConnection.edges > CustomerEdge.node opens only for scope read:customers: guard this field, or the fields of Customer`
	tests := []struct {
		name string
		sdl  string
		want []string
	}{
		{"another root field", guarded + `best: Customer @public }`,
			[]string{"Query.best: leads to Customer without a guard (Query.best), which " + way}},
		{"another root field, guarded", guarded + `best: Customer @hasRole(role: "boss") }`, nil},
		{"another, for authenticated callers", guarded + `me: Customer @authenticated }`, nil},
		{"through another type", guarded + `posts: [Post] @public } type Post { id: ID author: Customer }`,
			[]string{"Post.author: leads to Customer without a guard (Query.posts > Post.author), which " + way}},
		{"through another type, guarded", guarded + `posts: [Post] @public } type Post { id: ID author: Customer @authenticated }`, nil},
		{"through another type, whose door is guarded", guarded + `posts: [Post] @authenticated } type Post { id: ID author: Customer }`, nil},
		{"through two, the nearer of which is named", guarded + `posts: [Post] @public } type Post { id: ID comments: [Comment] }
			type Comment { id: ID by: By } type By { customer: Customer }`,
			[]string{"Comment.by: leads to Customer without a guard (Query.posts > Post.comments > Comment.by > By.customer), which " + way}},
		{"through an interface", guarded + `node(id: ID): Node @public } interface Node { id: ID } type Post implements Node { id: ID author: Customer }`,
			[]string{"Post.author: leads to Customer without a guard (Query.node > Post.author), which " + way}},
		{"through a union", guarded + `found: Found @public } union Found = Customer | PageInfo`,
			[]string{"Query.found: leads to Customer without a guard (Query.found), which " + way}},
		{"through a mutation's payload", guarded + `} type Mutation { order: Order @public } type Order { id: ID customer: Customer }`,
			[]string{"Order.customer: leads to Customer without a guard (Mutation.order > Order.customer), which " + way}},
		{"through a login", guarded + `} type Mutation { login: Session @public @authenticates } type Session { customer: Customer }`, nil},
		{"each door once", guarded + `best: Customer @public worst: Customer @public }`,
			[]string{"Query.best: leads to Customer", "Query.worst: leads to Customer"}},
		{"from itself", strings.Replace(guarded, "name: String", "name: String friend: Customer", 1) + `best: Customer @public }`, []string{"Query.best: leads to Customer"}},
		{"a page of something else", guarded + `posts: Posts @public } type Posts { pageInfo: PageInfo nodes: [Post] } type Post { id: ID text: String }`, nil},
		{"a guarded mutation reads nothing for others", shop + `type Query { best: Customer @public }
			type Mutation { promote: Customer @hasRole(role: "boss") }`, nil},
		{"a guarded field further up", shop + `type Query { orders: [Order] @hasScope(scope: "read:orders") best: Customer @public }
			type Order { id: ID customer: Customer }`, nil},
		{"nothing but an id", `type Query { all: [Thing] @hasScope(scope: "s") some: Thing @public } type Thing { id: ID name: String @authenticated }`, nil},
		{"more than an id", `type Query { all: [Thing] @hasScope(scope: "s") some: Thing @public } type Thing { id: ID name: String }`,
			[]string{"Query.some: leads to Thing"}},
		{"a type without identity", `type Query { all: [Thing] @hasScope(scope: "s") some: Thing @public } type Thing { name: String }`, nil},
		{"a type with a key", `directive @key(fields: String!) on OBJECT
			type Query { all: [Thing] @hasScope(scope: "s") some: Thing @public } type Thing @key(fields: "name") { name: String }`,
			[]string{"Query.some: leads to Thing"}},
		{"round in circles", guarded + `posts: [Post] @public } type Post { id: ID next: Post rest: Rest } type Rest { post: Post rest: Rest query: Query }`, nil},
		{"through the query type", guarded + `best: Customer @public posts: [Post] @public } type Post { id: ID rest: Rest } type Rest { query: Query }`,
			[]string{"Query.best: leads to Customer"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := policyOf(t, tt.sdl)
			var got []string
			for _, f := range p.bypasses() {
				if f.Line < 6 || f.File != "test.graphqls" {
					t.Errorf("it is said to stand at %s:%d", f.File, f.Line)
				}
				got = append(got, f.Coordinate+": "+f.Message)
			}
			slices.Sort(got)
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
