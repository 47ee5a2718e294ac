package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Claims are what an access token says (RFC 9068, 2.2). Times are in UTC and whole seconds.
type Claims struct {
	Issuer    string   // iss: PUBLIC_URL of the issuer
	Subject   string   // sub: the id of the user
	ID        string   // jti
	SessionID string   // sid
	ClientID  string   // client_id
	Audience  []string // aud: who may accept the token
	IssuedAt  time.Time
	ExpiresAt time.Time // the first moment at which the token no longer works
	AuthTime  time.Time // auth_time: when the password was last given; zero if not said
	Scopes    []string  // scope, separated by spaces on the wire
	Roles     []string
	Private   Private
}

// Private is read by the issuer alone: one claim named gatehouse, left out when zero.
type Private struct {
	Generation int      `json:"generation,omitempty"` // raised by a new password; tokens of a lower one are refused
	Limited    bool     `json:"limited,omitempty"`    // the session asked for fewer scopes than its roles grant
	Limit      []string `json:"limit,omitempty"`      // what it asked for
	Roles      []string `json:"roles,omitempty"`      // the roles behind the limit; the public ones of such a session are empty
}

// wire is the JSON of Claims.
type wire struct {
	Issuer    string   `json:"iss"`
	Audience  any      `json:"aud"` // a string when there is one (RFC 7519, 4.1.3)
	Subject   string   `json:"sub"`
	ExpiresAt int64    `json:"exp"`
	IssuedAt  int64    `json:"iat"`
	ID        string   `json:"jti"`
	SessionID string   `json:"sid"`
	ClientID  string   `json:"client_id"`
	AuthTime  int64    `json:"auth_time,omitempty"`
	Scope     string   `json:"scope"`
	Roles     []string `json:"roles"`
	Private   *Private `json:"gatehouse,omitempty"`
}

// received are the claims of a token while they are read.
type received struct {
	Claims
	notBefore time.Time // zero if not said
}

func (c *Claims) marshal() ([]byte, error) {
	w := wire{
		Issuer: c.Issuer, Audience: c.Audience, Subject: c.Subject,
		ExpiresAt: c.ExpiresAt.Unix(), IssuedAt: c.IssuedAt.Unix(),
		ID: c.ID, SessionID: c.SessionID, ClientID: c.ClientID,
		Scope: strings.Join(c.Scopes, " "), Roles: append([]string{}, c.Roles...), // [] and not null
	}
	if len(c.Audience) == 1 {
		w.Audience = c.Audience[0]
	}
	if !c.AuthTime.IsZero() {
		w.AuthTime = c.AuthTime.Unix()
	}
	if p := c.Private; p.Generation != 0 || p.Limited || len(p.Limit) > 0 || len(p.Roles) > 0 {
		w.Private = &p
	}
	return json.Marshal(w)
}

func (r *received) unmarshal(text []byte) error {
	return readJSON(text, r.member)
}

// member reads one claim. Names are compared exactly, and unknown ones are passed over (RFC 7519, 4), so that an
// issuer can add one before its verifiers know it.
func (r *received) member(d *jsontext.Decoder, name string) (err error) {
	switch name {
	case "iss":
		r.Issuer, err = readString(d)
	case "sub":
		r.Subject, err = readString(d)
	case "jti":
		r.ID, err = readString(d)
	case "sid":
		r.SessionID, err = readString(d)
	case "client_id":
		r.ClientID, err = readString(d)
	case "aud":
		r.Audience, err = readAudience(d)
	case "exp":
		r.ExpiresAt, err = readDate(d, math.Floor)
	case "iat":
		r.IssuedAt, err = readDate(d, math.Floor)
	case "nbf":
		r.notBefore, err = readDate(d, math.Ceil)
	case "auth_time":
		r.AuthTime, err = readDate(d, math.Floor)
	case "scope":
		r.Scopes, err = readScopes(d)
	case "roles":
		r.Roles, err = readStrings(d)
	case "gatehouse":
		err = readObject(d, r.Private.member)
	default:
		return d.SkipValue()
	}
	if errors.Is(err, errKind) {
		return fmt.Errorf("claim %s: %w", name, err)
	}
	return err
}

func (p *Private) member(d *jsontext.Decoder, name string) (err error) {
	switch name {
	case "generation":
		p.Generation, err = readCount(d)
	case "limited":
		p.Limited, err = readBool(d)
	case "limit":
		p.Limit, err = readStrings(d)
	case "roles":
		p.Roles, err = readStrings(d)
	default:
		err = d.SkipValue()
	}
	return err
}

func readAudience(d *jsontext.Decoder) ([]string, error) {
	if d.PeekKind() == jsontext.KindBeginArray {
		return readStrings(d)
	}
	audience, err := readString(d)
	return []string{audience}, err
}

// readScopes reads a list separated by single spaces; an empty string is the empty list.
func readScopes(d *jsontext.Decoder) ([]string, error) {
	scope, err := readString(d)
	if err != nil || scope == "" {
		return nil, err
	}
	return strings.Split(scope, " "), nil
}

// complete reports what keeps the claims from being those of an access token, whoever made it.
func (c *Claims) complete() error {
	for _, member := range []struct{ name, value string }{
		{"iss", c.Issuer}, {"sub", c.Subject}, {"jti", c.ID}, {"sid", c.SessionID}, {"client_id", c.ClientID},
	} {
		if member.value == "" || !utf8.ValidString(member.value) {
			return fmt.Errorf("claim %s is missing or not text", member.name)
		}
	}
	switch {
	case len(c.Audience) == 0 || !all(c.Audience, named):
		return errors.New("claim aud is missing or holds an empty name")
	case c.IssuedAt.IsZero() || c.ExpiresAt.IsZero():
		return errors.New("claim iat or exp is missing")
	case !c.ExpiresAt.After(c.IssuedAt):
		return errors.New("claim exp is not after iat")
	case !all(c.Scopes, scopeToken):
		return errors.New("claim scope is not of scope tokens separated by single spaces")
	case !all(c.Roles, named) || !all(c.Private.Limit, scopeToken) || !all(c.Private.Roles, named):
		return errors.New("a claim of names holds an empty one")
	case c.Private.Generation < 0:
		return errors.New("the generation is negative")
	}
	return nil
}

func all(list []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !ok(s) })
}

func named(s string) bool {
	return s != "" && utf8.ValidString(s)
}

// scopeToken reports whether s is a scope-token: printable ASCII but space, " and \ (RFC 6749, 3.3).
func scopeToken(s string) bool {
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' || b == '"' || b == '\\' {
			return false
		}
	}
	return s != ""
}
