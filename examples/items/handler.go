package main

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/auth/token"
)

const (
	// tokenLimit bounds what a document costs to validate, which grows with its square.
	tokenLimit = 1000

	// keptDocuments is how many parsed documents are kept.
	keptDocuments = 200
)

// newHandler makes the service of a schema. The error names all faults of the schema's policy.
func newHandler(schema graphql.ExecutableSchema, verifier *token.Verifier, log *slog.Logger) (http.Handler, error) {
	compiled, err := policy.Compile(schema.Schema(), policy.Config{Sibling: sibling})
	if err != nil {
		return nil, fmt.Errorf("schema.graphqls: %w", err)
	}
	for _, warning := range compiled.Warnings(nil, "") {
		log.Warn("schema.graphqls", slog.String("finding", warning.String()))
	}
	server := handler.New(schema)
	server.AddTransport(transport.POST{})
	server.SetParserTokenLimit(tokenLimit)
	server.SetValidationRulesFn(validation)
	server.SetDisableSuggestion(true)
	server.SetQueryCache(lru.New[*ast.QueryDocument](keptDocuments))
	server.SetErrorPresenter(presenter{log}.present)
	server.SetRecoverFunc(presenter{log}.recovered)
	server.Use(guard{compiled})

	mux := http.NewServeMux()
	mux.Handle("POST /graphql", authenticated(verifier, log, readable(server)))
	return mux, nil
}
