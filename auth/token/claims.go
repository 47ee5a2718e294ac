package token

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/auth/token/internal/strictjson"
)

// Claims are the content of an access token (RFC 9068, 2.2). Times are in UTC
// and whole seconds.
type Claims struct {
	Issuer    string   // iss: PUBLIC_URL of the issuer
	Subject   string   // sub: the user's id
	ID        string   // jti
	SessionID string   // sid
	ClientID  string   // client_id
	Audience  []string // aud: the services that may accept the token
	IssuedAt  time.Time
	ExpiresAt time.Time // the first moment at which the token no longer works
	AuthTime  time.Time // auth_time: when the user last proved who they are; may be zero
	AMR       []string  // amr: how, in the words of RFC 8176; nil in tokens that don't say
	ACR       string    // acr: the level of that; "" in tokens that don't say
	Scopes    []string  // scope: separated by spaces in the token
	Roles     []string
	Private   Private
}

// SessionClient is the client id of tokens that persons get in their own sessions
// (RFC 9068, 2.2).
const SessionClient = "gatehouse"

// Delegated reports whether the token's holder acts for the account, such as an
// application that a person allowed to, and is not that person.
func (c *Claims) Delegated() bool { return c.ClientID != SessionClient && !c.Private.Self }

// Private is the claim "gatehouse", which only the issuer reads. It is left out
// when it is zero.
type Private struct {
	// Generation goes up with each new password. Tokens with a lower one are
	// refused.
	Generation int `json:"generation,omitzero"`

	// Limited says that the session asked for fewer scopes than its roles grant:
	// those in Limit. Its public roles are empty, and Roles has the real ones.
	Limited bool     `json:"limited,omitzero"`
	Limit   []string `json:"limit,omitempty"`
	Roles   []string `json:"roles,omitempty"`

	// Self says that the holder is a program that acts for itself: the account is its own.
	Self bool `json:"self,omitzero"`

	// Partial says that the roles and the limit did not fit into the token. The
	// issuer reads them from its database.
	Partial bool `json:"partial,omitzero"`
}

// claimSet is the JSON of Claims, to read it. Unknown claims are skipped (RFC 7519, 4), so
// that an issuer can add one before its verifiers know it.
type claimSet struct {
	Issuer    string      `json:"iss"`
	Audience  audience    `json:"aud"`
	Subject   string      `json:"sub"`
	ExpiresAt numericDate `json:"exp"`
	IssuedAt  numericDate `json:"iat"`
	NotBefore notBefore   `json:"nbf"` // never written
	ID        string      `json:"jti"`
	SessionID string      `json:"sid"`
	ClientID  string      `json:"client_id"`
	AuthTime  numericDate `json:"auth_time"`
	AMR       []string    `json:"amr"`
	ACR       string      `json:"acr"`
	Scopes    scopeList   `json:"scope"`
	Roles     []string    `json:"roles"`
	Private   Private     `json:"gatehouse"`
}

// claimsSize is room for the claims of most tokens, in bytes.
const claimsSize = 512

// marshal returns what [claimSet] reads. It writes each member by itself, because a
// token is made for each login and refresh.
func (c *Claims) marshal() ([]byte, error) {
	w := claimWriter{text: append(make([]byte, 0, claimsSize), '{')}
	w.member("iss", c.Issuer)
	if len(c.Audience) == 1 {
		w.member("aud", c.Audience[0])
	} else {
		w.members("aud", c.Audience)
	}
	w.member("sub", c.Subject)
	w.date("exp", c.ExpiresAt)
	w.date("iat", c.IssuedAt)
	w.member("jti", c.ID)
	w.member("sid", c.SessionID)
	w.member("client_id", c.ClientID)
	if !c.AuthTime.IsZero() {
		w.date("auth_time", c.AuthTime)
	}
	if len(c.AMR) > 0 {
		w.members("amr", c.AMR)
	}
	if c.ACR != "" {
		w.member("acr", c.ACR)
	}
	w.member("scope", strings.Join(c.Scopes, " "))
	w.members("roles", c.Roles)
	w.private(&c.Private)
	return append(w.text, '}'), w.err
}

// received are the claims of a token that was read.
type received struct {
	Claims
	notBefore time.Time // nbf; may be zero
}

func (r *received) unmarshal(text []byte) error {
	var s claimSet
	if err := strictjson.Unmarshal(text, &s); err != nil {
		return err
	}
	r.Claims = Claims{
		Issuer: s.Issuer, Audience: s.Audience, Subject: s.Subject,
		ExpiresAt: s.ExpiresAt.Time, IssuedAt: s.IssuedAt.Time,
		ID: s.ID, SessionID: s.SessionID, ClientID: s.ClientID,
		AuthTime: s.AuthTime.Time, AMR: s.AMR, ACR: s.ACR,
		Scopes: s.Scopes, Roles: s.Roles, Private: s.Private,
	}
	r.notBefore = s.NotBefore.Time
	return nil
}

// audience is a string if there is one, and a list otherwise (RFC 7519, 4.1.3).
type audience []string

func (a *audience) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == jsontext.KindBeginArray {
		return json.UnmarshalDecode(d, (*[]string)(a))
	}
	*a = make(audience, 1)
	return json.UnmarshalDecode(d, &(*a)[0])
}

// scopeList is a string of scopes separated by single spaces (RFC 6749, 3.3).
type scopeList []string

func (l *scopeList) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var scope string
	if err := json.UnmarshalDecode(d, &scope); err != nil || scope == "" {
		return err
	}
	*l = strings.Split(scope, " ")
	return nil
}

// numericDate is a NumericDate (RFC 7519, 2) from 1970 to the year 9999.
// Gatehouse writes whole seconds; a fraction is cut off.
type numericDate struct{ time.Time }

func (n *numericDate) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	n.Time, err = readDate(d, math.Floor)
	return err
}

// notBefore is a numericDate whose fraction is rounded up.
type notBefore struct{ time.Time }

func (n *notBefore) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	n.Time, err = readDate(d, math.Ceil)
	return err
}

func readDate(d *jsontext.Decoder, round func(float64) float64) (time.Time, error) {
	const year10000 = 253402300800
	var seconds float64
	if err := json.UnmarshalDecode(d, &seconds); err != nil {
		return time.Time{}, err
	}
	if seconds < 0 || seconds >= year10000 {
		return time.Time{}, errors.New("a date is out of range")
	}
	return time.Unix(int64(round(seconds)), 0).UTC(), nil
}

// complete returns an error if the claims can't be those of an access token,
// whatever the issuer and the verifier.
func (c *Claims) complete() error {
	for _, member := range []struct{ name, value string }{
		{"iss", c.Issuer}, {"sub", c.Subject}, {"jti", c.ID}, {"sid", c.SessionID}, {"client_id", c.ClientID},
	} {
		if member.value == "" || !utf8.ValidString(member.value) {
			return fmt.Errorf("claim %s is missing or not text", member.name)
		}
	}
	switch {
	case len(c.Audience) == 0 || !all(c.Audience, isName):
		return errors.New("claim aud is missing or has an empty name")
	case c.IssuedAt.IsZero() || c.ExpiresAt.IsZero():
		return errors.New("claim iat or exp is missing")
	case !c.ExpiresAt.After(c.IssuedAt):
		return errors.New("claim exp is not after iat")
	case !all(c.Scopes, isScope):
		return errors.New("claim scope is not a list of scopes separated by single spaces")
	case !all(c.AMR, isName) || !utf8.ValidString(c.ACR):
		return errors.New("claim amr or acr is not text")
	case !all(c.Roles, isName) || !all(c.Private.Limit, isScope) || !all(c.Private.Roles, isName):
		return errors.New("a list of names has an empty name")
	case c.Private.Generation < 0 || c.Private.Generation > math.MaxInt32:
		return errors.New("the generation is out of range")
	}
	return nil
}

func all(list []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !ok(s) })
}

func isName(s string) bool {
	return s != "" && utf8.ValidString(s)
}

// isScope reports whether s is a scope-token: printable ASCII except space,
// " and \ (RFC 6749, 3.3).
func isScope(s string) bool {
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' || b == '"' || b == '\\' {
			return false
		}
	}
	return s != ""
}
