// Command unguarded is Gatehouse without authorization: its schema without directives, its resolvers
// and its store, executed by gqlgen alone. What Gatehouse takes beyond this is the price of the
// policy and of everything around it: limits, revocations, counters and the log.
//
// It takes Gatehouse's access tokens, because viewer and me answer the caller, and verifies each once
// with the keys that Gatehouse publishes. It reads DATABASE_URL (Gatehouse's database), ISSUER, KEYS
// (the URL of the keys) and ADDR from the environment.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/store"
)

func main() {
	if err := run(context.Background(), os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "unguarded:", err)
		os.Exit(1)
	}
}

// run serves until the process is ended.
func run(ctx context.Context, env func(string) string) error {
	db, err := store.Open(ctx, env("DATABASE_URL"), store.Options{})
	if err != nil {
		return err
	}
	keys, err := token.NewRemote(env("KEYS"), time.Now)
	if err != nil {
		return err
	}
	issuer := env("ISSUER")
	tokens := &token.Verifier{Issuer: issuer, Audience: issuer, Key: keys.Key, Now: time.Now}
	// No key is replaced while this runs.
	verifier, err := token.NewCachedVerifier(tokens, func() uint64 { return 0 })
	if err != nil {
		return err
	}
	api := handler.New(executable(&graph.Resolver{Accounts: &auth.Accounts{Store: db}}))
	api.AddTransport(transport.POST{})
	api.SetQueryCache(lru.New[*ast.QueryDocument](1000))

	mux := http.NewServeMux()
	mux.Handle("POST /graphql", authenticate(verifier, api))
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: env("ADDR"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// executable returns the schema without its directives.
func executable(r *graph.Resolver) graphql.ExecutableSchema {
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: graph.SDL()})
	for name, directive := range schema.Directives {
		if !directive.Position.Src.BuiltIn {
			delete(schema.Directives, name)
		}
	}
	schema.SchemaDirectives = nil
	for _, typ := range schema.Types {
		typ.Directives = nil
		for _, field := range typ.Fields {
			field.Directives = nil
			for _, arg := range field.Arguments {
				arg.Directives = nil
			}
		}
	}
	return graph.NewExecutableSchema(graph.Config{Schema: schema, Resolvers: r})
}

// authenticate verifies the token of each request, and makes its subject the caller.
func authenticate(verifier *token.CachedVerifier, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := token.FromHeader(r.Header.Values("Authorization"))
		if err != nil {
			http.Error(w, "invalid token", http.StatusUnauthorized)
			return
		}
		if text == "" {
			next.ServeHTTP(w, r)
			return
		}
		claims, err := verifier.Verify(r.Context(), text)
		if err != nil {
			http.Error(w, "invalid token", http.StatusUnauthorized)
			return
		}
		caller := &auth.Principal{
			ID: claims.Subject, Roles: claims.Roles, Scopes: claims.Scopes, SessionID: &claims.SessionID, ExpiresAt: claims.ExpiresAt,
		}
		next.ServeHTTP(w, r.WithContext(auth.WithCaller(r.Context(), caller)))
	})
}
