package oauth

import (
	"encoding/json"
	"net/http"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/oauth/tokens"
	"gatehouse/edge"
)

// Metadata says what the service can do, for clients that configure themselves.
type Metadata struct {
	Issuer        string
	Path          string   // of the issuer; "" for none
	JWKS          string   // path of the key set, below the issuer
	Audience      string   // of tokens for our own API
	Scopes        []string // that clients can be given, except those of other resources
	PasswordGrant bool
	UILocales     []string // of the pages
}

// A serverDocument is the metadata of an authorization server (RFC 8414, 2) and of an
// OpenID provider (OpenID Connect Discovery, 3), which is one document.
type serverDocument struct {
	Issuer                string `json:"issuer"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	PushEndpoint          string `json:"pushed_authorization_request_endpoint"`
	RevocationEndpoint    string `json:"revocation_endpoint"`
	IntrospectionEndpoint string `json:"introspection_endpoint"`
	UserinfoEndpoint      string `json:"userinfo_endpoint"`
	EndSessionEndpoint    string `json:"end_session_endpoint"`
	JWKSURI               string `json:"jwks_uri"`

	Scopes        []string            `json:"scopes_supported"`
	ResponseTypes []string            `json:"response_types_supported"`
	ResponseModes []string            `json:"response_modes_supported"`
	GrantTypes    []clients.GrantType `json:"grant_types_supported"`
	SubjectTypes  []string            `json:"subject_types_supported"`
	IDTokenAlgs   []string            `json:"id_token_signing_alg_values_supported"`
	Claims        []string            `json:"claims_supported"`
	ClaimTypes    []string            `json:"claim_types_supported"`
	Prompts       []string            `json:"prompt_values_supported"`
	ACRs          []string            `json:"acr_values_supported"`
	UILocales     []string            `json:"ui_locales_supported"`
	Challenges    []string            `json:"code_challenge_methods_supported"`

	TokenAuthMethods         []string                  `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgs            []jose.SignatureAlgorithm `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthMethods    []string                  `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthAlgs       []jose.SignatureAlgorithm `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuthMethods []string                  `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAuthAlgs    []jose.SignatureAlgorithm `json:"introspection_endpoint_auth_signing_alg_values_supported"`

	IssuerInResponse   bool `json:"authorization_response_iss_parameter_supported"` // RFC 9207
	ClaimsParameter    bool `json:"claims_parameter_supported"`
	RequestParameter   bool `json:"request_parameter_supported"`
	RequestURI         bool `json:"request_uri_parameter_supported"` // those of /oauth/par are not meant (OpenID Connect Core, 6.2)
	RegisterRequestURI bool `json:"require_request_uri_registration"`
	RequirePushed      bool `json:"require_pushed_authorization_requests"`
}

// ResourceURL returns where the metadata of our own API is. It is below the issuer, which a proxy
// always brings to us.
func (m *Metadata) ResourceURL() string { return m.Issuer + ResourcePath }

// idTokenAlgorithms are those of ID tokens. RS256 is first: every client knows it (OpenID Connect
// Core, 15.1), and many know nothing else.
var idTokenAlgorithms = []string{"RS256", "ES256", "EdDSA"}

// document returns the metadata of the service.
func (m *Metadata) document() *serverDocument {
	grants := []clients.GrantType{clients.AuthorizationCode, clients.RefreshToken, clients.ClientCredentials}
	if m.PasswordGrant {
		grants = append(grants, clients.Password)
	}
	proofs := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	methods := append(append([]string{}, proofs...), "none")
	algs := tokens.AssertionAlgorithms()
	return &serverDocument{
		Issuer:                m.Issuer,
		AuthorizationEndpoint: m.Issuer + AuthorizePath, TokenEndpoint: m.Issuer + TokenPath, PushEndpoint: m.Issuer + PushPath,
		RevocationEndpoint: m.Issuer + RevokePath, IntrospectionEndpoint: m.Issuer + IntrospectPath,
		UserinfoEndpoint: m.Issuer + UserinfoPath, EndSessionEndpoint: m.Issuer + LogoutPath, JWKSURI: m.Issuer + m.JWKS,

		Scopes: m.Scopes, ResponseTypes: []string{"code"}, ResponseModes: []string{"query"}, GrantTypes: grants,
		SubjectTypes: []string{"public"}, IDTokenAlgs: idTokenAlgorithms,
		Claims: []string{
			"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid", "amr", "acr",
			"name", "updated_at", "email", "email_verified", "roles",
		},
		ClaimTypes: []string{"normal"}, Prompts: []string{"none", "login", "consent", "select_account"},
		ACRs: []string{auth.OneFactor}, UILocales: m.UILocales, Challenges: []string{"S256"},

		TokenAuthMethods: methods, TokenAuthAlgs: algs, RevocationAuthMethods: methods, RevocationAuthAlgs: algs,
		IntrospectionAuthMethods: proofs, IntrospectionAuthAlgs: algs,
		IssuerInResponse: true,
	}
}

// A resourceDocument is the metadata of our own API (RFC 9728, 2).
type resourceDocument struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	JWKSURI              string   `json:"jwks_uri"`
	Scopes               []string `json:"scopes_supported"`
	BearerMethods        []string `json:"bearer_methods_supported"`
}

// minimalScopes are what a client asks for that knows nothing but this document: who the
// person is. Clients ask for all that is listed here.
var minimalScopes = []string{"openid", "profile", "email"}

func (m *Metadata) resource() *resourceDocument {
	return &resourceDocument{
		Resource: m.Audience, AuthorizationServers: []string{m.Issuer}, JWKSURI: m.Issuer + m.JWKS,
		Scopes: minimalScopes, BearerMethods: []string{"header"},
	}
}

// register serves the documents. A proxy that serves us below a path may remove the path, and
// many clients append the well-known path to the issuer; others put the issuer's path after
// it (RFC 8414, 3.1; RFC 9728, 3.1).
func (m *Metadata) register(mux *http.ServeMux, caching string) {
	server := document(caching, m.document())
	resource := document(caching, m.resource())
	for _, path := range []string{ServerPath, ConfigurationPath} {
		serveAt(mux, path, server, m.Path)
	}
	serveAt(mux, ResourcePath, resource, "/graphql", m.Path, m.Path+"/graphql")
}

// document serves a document to pages of any site.
func document(caching string, content any) http.Handler {
	return edge.Document("application/json", caching, func() ([]byte, error) { return json.Marshal(content) })
}

// serveAt serves a document at a path, and also with some of these paths after it.
func serveAt(mux *http.ServeMux, path string, document http.Handler, more ...string) {
	mux.Handle("GET "+path, document)
	mux.HandleFunc("GET "+path+"/{path...}", func(w http.ResponseWriter, r *http.Request) {
		for _, suffix := range more {
			if "/"+r.PathValue("path") == suffix {
				document.ServeHTTP(w, r)
				return
			}
		}
		http.NotFound(w, r)
	})
}
