package tokens_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/oauth/clients"
	"gatehouse/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// An answer is the JSON of an endpoint.
type answer struct {
	Status int
	Header http.Header
	Body   string

	Access      string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
	Refresh     string `json:"refresh_token"`
	IDToken     string `json:"id_token"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// form makes a form of names and values; one that is "" is left out.
func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			f.Add(pairs[i], pairs[i+1])
		}
	}
	return f
}

// with returns a form with other values; one that is "" is removed.
func with(f url.Values, pairs ...string) url.Values {
	f = maps.Clone(f)
	for i := 0; i < len(pairs); i += 2 {
		f.Del(pairs[i])
		if pairs[i+1] != "" {
			f[pairs[i]] = []string{pairs[i+1]}
		}
	}
	return f
}

// A request is a form for an endpoint.
type request struct {
	path   string // "" is /oauth/token
	form   url.Values
	basic  [2]string // id and secret
	header http.Header
}

// try sends a form, and returns an error if no answer comes.
func try(t testing.TB, base string, r request) (answer, error) {
	t.Helper()
	if r.path == "" {
		r.path = "/oauth/token"
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+r.path, strings.NewReader(r.form.Encode()))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	maps.Copy(req.Header, r.header)
	if r.basic[0] != "" {
		req.SetBasicAuth(r.basic[0], r.basic[1])
	}
	return do(req)
}

func do(req *http.Request) (a answer, err error) {
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	a.Status, a.Header, a.Body = response.StatusCode, response.Header, string(body)
	if len(body) > 0 && strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		err = json.Unmarshal(body, &a)
	}
	return a, err
}

// send sends a form.
func send(t testing.TB, base string, r request) answer {
	t.Helper()
	a, err := try(t, base, r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// want fails unless the answer is the error, with the status that it has.
func (a answer) want(t testing.TB, status int, code string) answer {
	t.Helper()
	if a.Status != status || a.Error != code {
		t.Fatalf("answer %d %s, want %d %s", a.Status, a.Body, status, code)
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Pragma") != "no-cache" {
		t.Errorf("an answer that caches may keep: %v", a.Header)
	}
	return a
}

// verifier is a code_verifier, and challenge its code_challenge.
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

var challenge = func() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}()

// A consent is what a person allowed a client, as the pages store it.
type consent struct {
	app       harness.Application
	userID    string
	scopes    []string
	resources []string
	nonce     string
	plain     bool // without a challenge
}

// issue stores a code as the pages do, and returns its text.
func issue(t testing.TB, s *harness.Service, c consent) string {
	t.Helper()
	ctx := t.Context()
	signIn := signIn(t, s, c.userID)
	slices.Sort(c.scopes)
	code := &oauth.AuthorizationCode{
		ID: uuid.Must(uuid.NewV7()).String(), Seed: []byte(signIn.ID[:16]), ClientID: c.app.ID, UserID: c.userID, Parent: signIn.ID,
		RedirectURI: harness.Callback, Challenge: challenge, Nonce: c.nonce, Scopes: c.scopes, Resources: c.resources,
		AuthTime: signIn.AuthTime, AMR: []string{"pwd"},
	}
	if c.plain {
		code.Challenge = ""
	}
	if err := storeCode(ctx, s, code); err != nil {
		t.Fatal(err)
	}
	text, err := s.Server().Deployment().Secrets.IssueCode(code.ID, code.Seed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// storeCode answers a request with a code, and with consent to what the code is for.
func storeCode(ctx context.Context, s *harness.Service, code *oauth.AuthorizationCode) error {
	request := &authorization.Request{
		ID: uuid.NewString(), ClientID: code.ClientID, RedirectURI: code.RedirectURI, Scopes: code.Scopes, Resources: code.Resources,
		Challenge: code.Challenge, Nonce: code.Nonce, AskedAt: time.Now(),
	}
	if err := s.Store().OAuth.StoreRequest(ctx, request, []byte("flow"), time.Minute); err != nil {
		return err
	}
	_, err := s.Store().OAuth.Answer(ctx, &authorization.Answer{
		RequestID: request.ID, ClientID: code.ClientID, Code: code,
		Grant: func(*clients.Grant) (*clients.Grant, []string) {
			return &clients.Grant{UserID: code.UserID, ClientID: code.ClientID, Scopes: code.Scopes, Resources: append([]string{}, code.Resources...), Coordinates: []string{}}, nil
		},
	})
	return err
}

// signIn opens a session of the sign-in page.
func signIn(t testing.TB, s *harness.Service, userID string) *auth.Session {
	t.Helper()
	session := auth.NewSession(t.Context(), time.Now(), userID, auth.SignInSession)
	c, err := s.Store().Credential(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store().OpenSession(t.Context(), session, c.Hash, s.Settings().Lifetimes()); err != nil {
		t.Fatal(err)
	}
	return session
}
