#!/usr/bin/env bash
# gqlgen 0.17.95 answers a null that the schema forbids without any error if a resolver returns a
# nil pointer as an interface or a union: the null propagates, and the client gets "data": null
# alone. For an object type the same nil pointer is an error, as the GraphQL specification wants it
# (6.4.4: a null for a non-null type is an execution error; 7.1.2: without errors, data is not null).
#
# Seen:
#   object: null with 1 errors
#   union: null with 0 errors
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOWORK=off
go mod init finding >/dev/null 2>&1
go get github.com/99designs/gqlgen@v0.17.95 >/dev/null 2>&1
mkdir api
cat >api/models.go <<'GO'
package api

type Cat struct{ Name string }

type Dog struct{ Name string }

type Pet interface{ IsPet() }

func (*Cat) IsPet() {}
func (*Dog) IsPet() {}
GO
cat >schema.graphqls <<'GRAPHQL'
type Query {
  object: Cat!
  union: Pet!
}
union Pet = Cat | Dog
type Cat { name: String! }
type Dog { name: String! }
GRAPHQL
cat >gqlgen.yml <<'YAML'
schema: [schema.graphqls]
exec: {filename: api/generated.go, package: api}
model: {filename: api/models_gen.go, package: api}
autobind: [finding/api]
YAML
go run github.com/99designs/gqlgen@v0.17.95 generate >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"finding/api"
)

type root struct{}

func (root) Query() api.QueryResolver                        { return root{} }
func (root) Object(context.Context) (*api.Cat, error)        { return nil, nil }
func (root) Union(context.Context) (pet api.Pet, err error)  { return (*api.Cat)(nil), nil }

func main() {
	server := handler.New(api.NewExecutableSchema(api.Config{Resolvers: root{}}))
	server.AddTransport(transport.POST{})
	for _, field := range []string{"object", "union"} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{"query":"{ `+field+` { __typename } }"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var answer struct {
			Data   json.RawMessage
			Errors []any
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			panic(err)
		}
		fmt.Printf("%s: %s with %d errors\n", field, answer.Data, len(answer.Errors))
	}
}
GO
diff <(go run .) - <<'SEEN'
object: null with 1 errors
union: null with 0 errors
SEEN
echo 'as described: gqlgen 0.17.95 hides a nil pointer in a union'
