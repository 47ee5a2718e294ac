package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/auth/token"
	"gatehouse/auth/token/bearer"
	"gatehouse/graph/guard"
)

const (
	// tokenLimit bounds the time to validate a document, which grows with the
	// square of its size.
	tokenLimit = 1000

	// cachedDocuments is how many parsed documents are cached.
	cachedDocuments = 200
)

// newHandler returns the service of a schema. The error lists all faults of the
// schema's policy.
func newHandler(schema graphql.ExecutableSchema, verifier *token.Verifier, log *slog.Logger) (http.Handler, error) {
	compiled, err := policy.Compile(schema.Schema(), policy.Config{})
	if err != nil {
		return nil, fmt.Errorf("schema.graphqls: %w", err)
	}
	for _, warning := range compiled.Warnings(nil, "") {
		log.Warn("schema.graphqls", slog.String("finding", warning.String()))
	}
	guarded := guard.New(compiled, subject(verifier))
	if err := guarded.Validate(schema); err != nil {
		return nil, err
	}
	server := handler.New(schema)
	server.AddTransport(transport.POST{})
	server.SetParserTokenLimit(tokenLimit)
	server.SetValidationRulesFn(validation)
	server.SetDisableSuggestion(true)
	server.SetQueryCache(lru.New[*ast.QueryDocument](cachedDocuments))
	server.SetErrorPresenter(presenter{log}.present)
	server.SetRecoverFunc(presenter{log}.recovered)
	server.Use(guarded)

	mux := http.NewServeMux()
	mux.Handle("POST /graphql", bearer.New(verifier, log)(strict(guard.Challenging(server))))
	return mux, nil
}

// subject returns the caller of a request as the policy sees it, nil for an
// anonymous one. An application that acts for a person is not that person.
func subject(verifier *token.Verifier) func(context.Context) *policy.Subject {
	return func(ctx context.Context) *policy.Subject {
		claims := bearer.Claims(ctx)
		if claims == nil {
			return nil
		}
		return &policy.Subject{
			ID: claims.Subject, Roles: claims.Roles, Scopes: claims.Scopes, Delegated: claims.Delegated(),
			Key:      claims.Private.Self, // a program's own token
			AuthTime: claims.AuthTime, Factors: factors(claims), Now: verifier.Now(),
		}
	}
}

// factors returns with how many factors the caller proved who they are (RFC 8176).
func factors(claims *token.Claims) int {
	if slices.Contains(claims.AMR, "mfa") {
		return 2
	}
	return 1
}
