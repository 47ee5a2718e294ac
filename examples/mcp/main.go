// Command mcp is an example of a server of the Model Context Protocol (MCP) behind Gatehouse. Its
// tools are GraphQL documents of its own, so that an agent can run them and nothing else, and its
// access tokens are those that a person allowed the agent (RFC 9728, RFC 8707).
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"gatehouse/auth/token"
)

//go:embed tools.graphql
var ownTools string

func main() {
	if err := run(os.Getenv); err != nil {
		slog.Error("stopped", slog.String("error", err.Error()))
		os.Exit(1)
	}
}

func run(env func(string) string) error {
	or := func(name, otherwise string) string {
		if value := env(name); value != "" {
			return value
		}
		return otherwise
	}
	resource := or("RESOURCE", "http://127.0.0.1:8082/mcp")
	handler, err := newHandler(context.Background(), or("ISSUER", "http://localhost:8080"), resource, or("GRAPHQL_URL", "http://127.0.0.1:8081/graphql"))
	if err != nil {
		return err
	}
	server := &http.Server{Addr: or("ADDR", "127.0.0.1:8082"), Handler: handler, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 32 << 10}
	slog.Info("listening", slog.String("addr", server.Addr), slog.String("resource", resource))
	return server.ListenAndServe()
}

// newHandler returns the MCP server, and the metadata that leads an agent to the issuer. The
// resource is the server's own public URL: tokens have to be made for it.
func newHandler(ctx context.Context, issuer, resource, graphqlURL string) (http.Handler, error) {
	public, err := url.Parse(resource)
	if err != nil {
		return nil, fmt.Errorf("RESOURCE: %w", err)
	}
	keys, err := token.NewRemote(issuer+"/.well-known/jwks.json", time.Now)
	if err != nil {
		return nil, fmt.Errorf("ISSUER: %w", err)
	}
	if err := keys.Refresh(ctx); err != nil {
		slog.Warn("the issuer's keys are not available yet", slog.String("error", err.Error()))
	}
	tools, err := readTools(ownTools)
	if err != nil {
		return nil, fmt.Errorf("tools.graphql: %w", err)
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "items", Version: "1"}, nil)
	for _, t := range tools {
		server.AddTool(t.Tool, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return call(ctx, graphqlURL, t.document, r)
		})
	}

	const metadataPath = "/.well-known/oauth-protected-resource"
	metadata := *public
	metadata.Path = metadataPath + public.Path // RFC 9728, 3.1
	verifier := &token.Verifier{Issuer: issuer, Audience: resource, Key: keys.Key, Now: time.Now}
	guard := auth.RequireBearerToken(verify(verifier), &auth.RequireBearerTokenOptions{ResourceMetadataURL: metadata.String()})

	routes := http.NewServeMux()
	routes.Handle(metadata.Path, auth.ProtectedResourceMetadataHandler(&oauthex.ProtectedResourceMetadata{
		Resource: resource, AuthorizationServers: []string{issuer}, BearerMethodsSupported: []string{"header"},
		ScopesSupported: []string{"predict:items", "read:own-items"}, // what the tools need: gatehouse policy scopes
	}))
	routes.Handle(public.Path, guard(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})))
	return routes, nil
}

// verify tells the guard whose a token is. The token itself is kept for the service behind.
func verify(verifier *token.Verifier) auth.TokenVerifier {
	return func(ctx context.Context, text string, _ *http.Request) (*auth.TokenInfo, error) {
		claims, err := verifier.Verify(ctx, text)
		if errors.Is(err, token.ErrKeysUnavailable) {
			slog.ErrorContext(ctx, "access tokens can't be verified", slog.String("error", err.Error()))
			return nil, errors.New("tokens can't be verified now") // clients see the text
		}
		if err != nil {
			return nil, auth.ErrInvalidToken
		}
		return &auth.TokenInfo{
			UserID: claims.Subject, Scopes: claims.Scopes, Expiration: claims.ExpiresAt,
			Extra: map[string]any{"token": text},
		}, nil
	}
}

// answerLimit is the most of an answer that is read, in bytes.
const answerLimit = 1 << 20

// call runs a document as the person that the token is of. The service behind is the same resource
// as this server, so it takes the same token; a token must not be passed on to any other.
func call(ctx context.Context, graphqlURL, document string, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": r.Params.Arguments})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, graphqlURL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	text, _ := r.Extra.TokenInfo.Extra["token"].(string)
	request.Header.Set("Authorization", "Bearer "+text)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if err != nil {
		return nil, err
	}
	var reply struct{ Errors []struct{} }
	refused := json.Unmarshal(said, &reply) != nil || len(reply.Errors) > 0
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(said)}}, IsError: refused}, nil
}
