package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// A shop is Gatehouse and the example side by side, with users.
type shop struct {
	*gatehouse
	issuer, items *harness.Process
	users         map[string]harness.Session // by name; "" is anonymous
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{gatehouse: newGatehouse(t), users: map[string]harness.Session{}}
	s.issuer = s.serve(t)
	s.items = serveItems(t, "ISSUER="+s.issuer.Client.URL)
	for _, role := range []string{
		"shop read:items write:items", "clerk read:items write:items", "reader read:items", "keeper delete:items", "oracle predict:items",
	} {
		s.command(t, append([]string{"role", "create"}, strings.Fields(role)...)...)
	}
	s.users["ada"] = s.register(t, s.issuer, "ada@example.com", "shop")
	for _, name := range []string{"clerk", "reader", "keeper", "oracle"} {
		s.users[name] = s.register(t, s.issuer, name+"@example.com", name)
	}
	s.users["bob"] = s.register(t, s.issuer, "bob@example.com")
	s.users["root"] = s.issuer.Admin(t)
	return s
}

// ask sends an operation as a user. In the operation @ and a name stand for the
// user's id.
func (s *shop) ask(t *testing.T, who, query string) harness.Reply {
	t.Helper()
	for name, session := range s.users {
		query = strings.ReplaceAll(query, "@"+name, session.UserID)
	}
	return ask(t, s.items.Client.URL, s.users[who].Access, query)
}

// TestFields: each field is refused, and beside it the same request done right.
func TestFields(t *testing.T) {
	s := openShop(t)
	want(t, s.ask(t, "ada", `mutation { createItem(input: {name: "Lamp", price: 1250, cost: 800}) { id } }`), "", `{"createItem":{"id":"1"}}`)
	const prediction = `{ predict(input: {price: 1250, photos: 4, rating: 4.5}) { label score } }`
	tests := []struct {
		coordinate, who, query string
		word, data             string
	}{
		{"Query.about", "", `{ about }`, "", `{"about":"Items for sale."}`},
		{"Query.caller", "", `{ caller }`, "UNAUTHENTICATED no_credential", `{"caller":null}`},
		{"Query.caller", "bob", `{ caller }`, "", ""},
		{"Query.items", "", `{ items { name } }`, "UNAUTHENTICATED no_credential", `{"items":null}`},
		{"Query.items", "bob", `{ items { name } }`, "FORBIDDEN missing_scope scope:read:items", `{"items":null}`},
		{"Query.items", "reader", `{ items { name price } }`, "", `{"items":[{"name":"Lamp","price":1250}]}`},
		{"Query.items", "root", `{ items { name } }`, "", `{"items":[{"name":"Lamp"}]}`},
		{"Query.item", "bob", `{ item(id: "1") { name } }`, "FORBIDDEN missing_scope scope:read:items", `{"item":null}`},
		{"Query.item", "bob", `{ item(id: "9") { name } }`, "FORBIDDEN missing_scope scope:read:items", `{"item":null}`},
		{"Query.item", "reader", `{ item(id: "9") { name } }`, "NOT_FOUND", `{"item":null}`},
		{"Query.item", "reader", `{ item(id: "1") { name } }`, "", `{"item":{"name":"Lamp"}}`},
		{"Query.itemsOf", "", `{ itemsOf(owner: "@bob") { name } }`, "UNAUTHENTICATED no_credential", `{"itemsOf":null}`},
		{"Query.itemsOf", "bob", `{ itemsOf(owner: "@ada") { name } }`, "FORBIDDEN not_self scope:read:items self app:read:own-items", `{"itemsOf":null}`},
		{"Query.itemsOf", "bob", `{ itemsOf(owner: "@bob") { name } }`, "", `{"itemsOf":[]}`},
		{"Query.itemsOf", "reader", `{ itemsOf(owner: "@ada") { name } }`, "", `{"itemsOf":[{"name":"Lamp"}]}`},
		{"Query.stockValue", "reader", `{ stockValue }`, "FORBIDDEN missing_role role:admin role:shop", `{"stockValue":null}`},
		{"Query.stockValue", "ada", `{ stockValue }`, "", `{"stockValue":1250}`},
		{"Query.predict", "ada", prediction, "FORBIDDEN missing_scope scope:predict:items", `{"predict":null}`},
		{"Query.predict", "oracle", prediction, "", `{"predict":{"label":"SOLD","score":0.95}}`},
		{"Item.cost", "reader", `{ items { name cost } }`, "FORBIDDEN not_self scope:write:items self app:read:own-items", `{"items":[{"name":"Lamp","cost":null}]}`},
		{"Item.cost", "clerk", `{ items { name cost } }`, "", `{"items":[{"name":"Lamp","cost":800}]}`},

		{"Mutation.createItem", "reader", `mutation { createItem(input: {name: "Vase", price: 1}) { id } }`, "FORBIDDEN missing_scope scope:write:items", "null"},
		{"Mutation.createItem", "clerk", `mutation { createItem(input: {name: "Vase", price: 1}) { id ownerId } }`, "", ""},
		{"Mutation.updateItem", "reader", `mutation { updateItem(id: "1", input: {price: 900}) { price } }`, "FORBIDDEN missing_scope scope:write:items", "null"},
		{"Mutation.updateItem", "clerk", `mutation { updateItem(id: "1", input: {price: 900}) { price } }`, "", `{"updateItem":{"price":900}}`},
		{"UpdateItemInput.ownerId", "clerk", `mutation { updateItem(id: "1", input: {ownerId: "@bob"}) { name } }`, "FORBIDDEN missing_role role:admin role:shop", "null"},
		{"UpdateItemInput.ownerId", "clerk", `mutation { updateItem(id: "1", input: {ownerId: null}) { name } }`, "FORBIDDEN missing_role role:admin role:shop", "null"},
		{"UpdateItemInput.ownerId", "ada", `mutation { updateItem(id: "1", input: {ownerId: "@bob"}) { name } }`, "", `{"updateItem":{"name":"Lamp"}}`},
		{"Item.cost", "bob", `{ itemsOf(owner: "@bob") { cost } }`, "", `{"itemsOf":[{"cost":800}]}`}, // who owns it now
		{"Mutation.deleteItem", "ada", `mutation { deleteItem(id: "1") }`, "FORBIDDEN missing_scope scope:delete:items", "null"},
		{"Mutation.deleteItem", "keeper", `mutation { deleteItem(id: "1") }`, "", `{"deleteItem":"1"}`},
		{"Mutation.clearShelf", "keeper", `mutation { clearShelf }`, "FORBIDDEN missing_role role:admin role:shop", "null"},
		{"Mutation.clearShelf", "ada", `mutation { clearShelf }`, "", ""}, // who has just logged in
	}
	refused, allowed := map[string]bool{}, map[string]bool{}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s of %s, %s", tt.who, tt.coordinate, tt.word), func(t *testing.T) {
			want(t, s.ask(t, tt.who, tt.query), tt.word, tt.data)
		})
		refused[tt.coordinate] = refused[tt.coordinate] || strings.HasPrefix(tt.word, "FORBIDDEN") || strings.HasPrefix(tt.word, "UNAUTHENTICATED")
		allowed[tt.coordinate] = allowed[tt.coordinate] || tt.word == ""
	}
	for _, coordinate := range guarded(t) {
		if !refused[coordinate] || !allowed[coordinate] {
			t.Errorf("%s: refused %t, allowed %t", coordinate, refused[coordinate], allowed[coordinate])
		}
	}
}

// guarded lists the coordinates with a guard.
func guarded(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, def := range NewExecutableSchema(Config{}).Schema().Types {
		for _, field := range def.Fields {
			if field.Directives.ForName("hasScope") != nil || field.Directives.ForName("hasRole") != nil || field.Directives.ForName("authenticated") != nil {
				all = append(all, def.Name+"."+field.Name)
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %q are guarded", all)
	}
	return all
}

// TestAllOrNothing: a mutation with a refused field does nothing.
func TestAllOrNothing(t *testing.T) {
	s := openShop(t)
	both := `mutation { made: createItem(input: {name: "Lamp", price: 1}) { id } gone: deleteItem(id: "1") again: deleteItem(id: "2") }`
	r := s.ask(t, "ada", both)
	want(t, r, "FORBIDDEN missing_scope scope:delete:items", "null")
	if len(r.Errors) != 2 || !slices.Equal(r.Errors[0].Path, []any{"gone"}) || !slices.Equal(r.Errors[1].Path, []any{"again"}) {
		t.Errorf("errors = %s", r.Body)
	}
	want(t, s.ask(t, "ada", `{ items { name } }`), "", `{"items":[]}`)
	want(t, s.ask(t, "root", both), "NOT_FOUND", `{"made":{"id":"1"},"gone":"1","again":null}`)
}

// TestTokens: only a current access token of this issuer, for this audience, is accepted.
func TestTokens(t *testing.T) {
	s := openShop(t)
	ada := s.users["ada"]
	stray := func(environ ...string) string {
		other := s.serve(t, append([]string{"PUBLIC_URL=" + s.issuer.Client.URL, "AUDIENCE=" + s.issuer.Client.URL}, environ...)...)
		return other.Login(t, harness.AdaEmail, harness.AdaPassword).Access
	}
	expired := stray("ACCESS_TOKEN_TTL=1s")
	await(t, s.items, "the end of a token", func() bool { return words(ask(t, s.items.Client.URL, expired, `{ caller }`)) != "" })

	parts := strings.Split(ada.Access, ".")
	tests := []struct {
		name          string
		authorization []string
		word          string
	}{
		{"expired", []string{"Bearer " + expired}, "UNAUTHENTICATED token_expired"},
		{"of another issuer with the same keys", []string{"Bearer " + stray("PUBLIC_URL=http://127.0.0.1:1")}, "UNAUTHENTICATED token_invalid"},
		{"for another audience", []string{"Bearer " + stray("AUDIENCE=https://other.example.com")}, "UNAUTHENTICATED token_invalid"},
		{"of an impostor", []string{"Bearer " + impostor(t, s)}, "UNAUTHENTICATED token_invalid"},
		{"alg none", []string{"Bearer " + segment(`{"alg":"none","typ":"at+jwt"}`) + "." + parts[1] + "."}, "UNAUTHENTICATED token_invalid"},
		{"alg none with the kid", []string{"Bearer " + segment(`{"alg":"none","kid":"`+s.kid(t)+`","typ":"at+jwt"}`) + "." + parts[1] + "."}, "UNAUTHENTICATED token_invalid"},
		{"HS256 with the public key", []string{"Bearer " + hmacSigned(s.kid(t), s.publicKey(t), parts[1])}, "UNAUTHENTICATED token_invalid"},
		{"HS256 with the public key as PEM", []string{"Bearer " + hmacSigned(s.kid(t), pemOf(s.publicKey(t)), parts[1])}, "UNAUTHENTICATED token_invalid"},
		{"other claims", []string{"Bearer " + parts[0] + "." + parts[1][1:] + "." + parts[2]}, "UNAUTHENTICATED token_invalid"},
		{"without a signature", []string{"Bearer " + parts[0] + "." + parts[1] + "."}, "UNAUTHENTICATED token_invalid"},
		{"a refresh token", []string{"Bearer " + ada.Refresh}, "UNAUTHENTICATED token_invalid"},
		{"empty", []string{"Bearer "}, "UNAUTHENTICATED token_invalid"},
		{"of another scheme", []string{"Basic " + ada.Access}, "UNAUTHENTICATED token_invalid"},
		{"twice", []string{"Bearer " + ada.Access, "Bearer " + ada.Access}, "UNAUTHENTICATED token_invalid"},

		{"none", nil, "UNAUTHENTICATED no_credential"},
		{"good", []string{"Bearer " + ada.Access}, ""},
		{"good, in another case", []string{"bearer " + ada.Access}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{"Content-Type": {"application/json"}, "Authorization": tt.authorization}
			r := send(t, http.MethodPost, s.items.Client.URL+"/graphql", header, `{"query":"{ caller }"}`)
			want(t, r, tt.word, "")
			bad := strings.Contains(tt.word, "token_")
			if status := map[bool]int{true: http.StatusUnauthorized, false: http.StatusOK}[bad]; r.Status != status {
				t.Errorf("status = %d, want %d", r.Status, status)
			}
			if challenge := r.Header.Get("WWW-Authenticate"); (challenge == `Bearer error="invalid_token"`) != bad {
				t.Errorf("WWW-Authenticate = %q", challenge)
			}
		})
	}
	if log := s.items.Output(); strings.Contains(log, parts[2]) || strings.Contains(log, ada.Refresh) {
		t.Errorf("the log shows a token:\n%s", log)
	}
}

// TestGatehouseAway: tokens are verified with the last good set of keys. A
// service that never had one says that it can't verify a token, not that the
// token is bad.
func TestGatehouseAway(t *testing.T) {
	s := openShop(t)
	want(t, s.ask(t, "ada", `{ items { name } }`), "", `{"items":[]}`)
	if err := s.issuer.Stop(); err != nil {
		t.Fatal(err)
	}
	want(t, s.ask(t, "ada", `{ items { name } }`), "", `{"items":[]}`)

	late := serveItems(t, "ISSUER="+s.issuer.Client.URL)
	r := ask(t, late.Client.URL, s.users["ada"].Access, `{ items { name } }`)
	want(t, r, "UNAVAILABLE", "")
	if r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("status %d, %v", r.Status, r.Header)
	}
	want(t, ask(t, late.Client.URL, "", `{ about }`), "", `{"about":"Items for sale."}`)

	s.serveAt(t, strings.TrimPrefix(s.issuer.Client.URL, "http://"))
	await(t, late, "the return of the keys", func() bool {
		return ask(t, late.Client.URL, s.users["ada"].Access, `{ items { name } }`).Status == http.StatusOK
	})
}

// impostor returns a token of a Gatehouse with keys of its own that names our
// issuer.
func impostor(t *testing.T, s *shop) string {
	t.Helper()
	other := newGatehouse(t).serve(t, "PUBLIC_URL="+s.issuer.Client.URL, "AUDIENCE="+s.issuer.Client.URL)
	return other.Admin(t).Access
}

func (s *shop) jwk(t *testing.T) map[string]string {
	t.Helper()
	r := send(t, http.MethodGet, s.issuer.Client.URL+jwksPath, http.Header{}, "")
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal([]byte(r.Body), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%v: %s", err, r.Body)
	}
	return set.Keys[0]
}

func (s *shop) kid(t *testing.T) string { return s.jwk(t)["kid"] }

func (s *shop) publicKey(t *testing.T) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(s.jwk(t)["x"])
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func pemOf(ed25519Key []byte) []byte {
	prefix := []byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00} // RFC 8410, 4
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: append(prefix, ed25519Key...)})
}

func hmacSigned(kid string, key []byte, payload string) string {
	signed := segment(`{"alg":"HS256","kid":"`+kid+`","typ":"at+jwt"}`) + "." + payload
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + segment(string(mac.Sum(nil)))
}

func segment(plain string) string { return base64.RawURLEncoding.EncodeToString([]byte(plain)) }
