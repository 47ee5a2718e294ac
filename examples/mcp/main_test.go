package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/auth/token"
)

// TestTools reads tools from operations, and describes their variables.
func TestTools(t *testing.T) {
	tools, err := readTools(`# Not the description.

# Adds
# an item.
mutation add($name: String!, $price: Int = 1, $tags: [String!]!) { add(name: $name, price: $price, tags: $tags) { id } }
query plain { a }`)
	if err != nil {
		t.Fatal(err)
	}
	if len(tools) != 2 || tools[0].Name != "add" || tools[0].Description != "Adds an item." || tools[0].Annotations.ReadOnlyHint || tools[1].Description != "" || !tools[1].Annotations.ReadOnlyHint {
		t.Fatalf("tools = %+v", tools)
	}
	schema, err := json.Marshal(tools[0].InputSchema)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"additionalProperties":false,"properties":{"name":{"type":"string"},"price":{"type":"integer"},` +
		`"tags":{"items":{"type":"string"},"type":"array"}},"required":["name","tags"],"type":"object"}`
	if string(schema) != want {
		t.Errorf("schema = %s, want %s", schema, want)
	}
	if !strings.Contains(tools[0].document, "mutation add") || strings.Contains(tools[0].document, "plain") {
		t.Errorf("document = %s", tools[0].document)
	}
}

// TestToolsRefused lists what can't be a tool.
func TestToolsRefused(t *testing.T) {
	for _, text := range []string{"{ a }", "query { a }", "subscription a { a }", "query a { ...f } fragment f on Query { a }", "query a {"} {
		if _, err := readTools(text); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	if _, err := readTools("query a { a }"); err != nil {
		t.Error(err)
	}
}

// An issuer has a key, and publishes it.
type issuer struct {
	*httptest.Server
	key *token.Key
}

func startIssuer(t *testing.T) issuer {
	t.Helper()
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.JWKS([]*token.Key{key})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(keys) }))
	t.Cleanup(web.Close)
	return issuer{web, key}
}

// token returns an access token for an audience.
func (i issuer) token(t *testing.T, audience string) string {
	t.Helper()
	now := time.Now()
	text, err := i.key.Sign(&token.Claims{
		Issuer: i.URL, Subject: "u1", ID: "t1", SessionID: "s1", ClientID: "agent", Audience: []string{audience},
		IssuedAt: now, ExpiresAt: now.Add(time.Minute), Scopes: []string{"read:own-items"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withToken sends an access token with each request.
type withToken string

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(w))
	return http.DefaultTransport.RoundTrip(r)
}

// TestCall calls a tool as an agent does: the document and its variables reach the service with
// the person's token. A token for another resource is refused.
func TestCall(t *testing.T) {
	i := startIssuer(t)
	var got struct {
		Query     string
		Variables map[string]any
	}
	answer := `{"data":{"itemsOf":[]}}`
	var authorization string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Get("Authorization")
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(service.Close)
	web := httptest.NewUnstartedServer(nil)
	resource := "http://" + web.Listener.Addr().String() + "/mcp"
	handler, err := newHandler(t.Context(), i.URL, resource, service.URL)
	if err != nil {
		t.Fatal(err)
	}
	web.Config.Handler = handler
	web.Start()
	t.Cleanup(web.Close)

	challenged(t, resource, "")
	challenged(t, resource, i.token(t, "https://other.example.com/mcp"))

	good := i.token(t, resource)
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: resource, HTTPClient: &http.Client{Transport: withToken(good)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	call := &mcp.CallToolParams{Name: "items_of_owner", Arguments: map[string]any{"owner": "u1"}}
	result, err := session.CallTool(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	if result.IsError || result.Content[0].(*mcp.TextContent).Text != answer {
		t.Errorf("result = %+v", result)
	}
	if authorization != "Bearer "+good || got.Variables["owner"] != "u1" || !strings.Contains(got.Query, "itemsOf(owner: $owner)") {
		t.Errorf("the service got %+v", got)
	}
	answer = `{"errors":[{"message":"no"}]}`
	if result, err := session.CallTool(t.Context(), call); err != nil || !result.IsError {
		t.Errorf("a refusal of the service is %+v, %v", result, err)
	}
}

// challenged sends a token, and expects to be led to the metadata, and from there to the issuer.
func challenged(t *testing.T, resource, text string) {
	t.Helper()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, resource, strings.NewReader("{}"))
	if text != "" {
		request.Header.Set("Authorization", "Bearer "+text)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	challenge := answer.Header.Get("WWW-Authenticate")
	_, rest, _ := strings.Cut(challenge, `resource_metadata="`)
	address, _, found := strings.Cut(rest, `"`)
	if answer.StatusCode != http.StatusUnauthorized || !found {
		t.Fatalf("status = %d, WWW-Authenticate = %s", answer.StatusCode, challenge)
	}
	metadata, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = metadata.Body.Close() }()
	var said struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers"`
	}
	if err := json.NewDecoder(metadata.Body).Decode(&said); err != nil || said.Resource != resource || len(said.Servers) != 1 {
		t.Errorf("metadata = %+v, %v", said, err)
	}
}
