// Package inspect reads tokens and says what they say.
package inspect

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/token"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
)

// Commands inspect tokens.
type Commands struct {
	Inspect inspect `cmd:"" help:"Read a token from standard input and print what it says."`
}

type inspect struct {
	Verify bool `help:"Check the token as the service would. The exit status is 1 if it is refused."`
}

// Help is shown by token inspect --help.
func (inspect) Help() string {
	return `The answer is JSON. Without --verify nothing is checked: anyone can write a token that says anything.
The token itself is never printed. It is not an argument, because other users can see the arguments of a process.`
}

// notChecked is the verdict on a token that was not or could not be checked.
const notChecked = "NOT CHECKED: anyone can write a token that says this"

// Run prints what a token or an API key says.
func (c inspect) Run(ctx context.Context, e *work.Env) error {
	text, err := readToken(ctx, e.Terminal)
	if err != nil {
		return err
	}
	decode, verify := decodeOpaque, verifyOpaque
	switch {
	case strings.Contains(text, "."):
		decode, verify = decodeJWT, verifyJWT
	case strings.HasPrefix(text, auth.KeyPrefix):
		decode, verify = decodeAPIKey, verifyAPIKey
	}
	said, err := decode(text, e.Now())
	if err != nil {
		return err
	}
	verdict := notChecked
	if c.Verify {
		verdict, err = verifyToken(ctx, e, text, verify)
	} else {
		e.Terminal.Warnf("the signature was not checked; --verify checks it")
	}
	said["verdict"] = verdict
	return errors.Join(e.Terminal.JSON(said), err)
}

// readToken reads a token, with or without the scheme "Bearer" before it.
func readToken(ctx context.Context, t *terminal.Terminal) (text string, err error) {
	if t.Interactive() {
		text, err = t.AskHidden(ctx, "Token: ")
	} else {
		text, err = t.ReadInput(ctx)
	}
	if err != nil {
		return "", err
	}
	text = strings.TrimSpace(text)
	if scheme, rest, found := strings.Cut(text, " "); found && strings.EqualFold(scheme, "Bearer") {
		text = strings.TrimSpace(rest)
	}
	if text == "" {
		return "", errors.New("standard input has no token")
	}
	return text, nil
}

// decodeJWT decodes an access token or an ID token: a JWS in the compact serialization (RFC
// 7515, 7.1).
func decodeJWT(text string, now time.Time) (map[string]any, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a token: an access token has three parts, separated by dots")
	}
	header, err := decodePart("header", parts[0])
	if err != nil {
		return nil, err
	}
	claims, err := decodePart("payload", parts[1])
	if err != nil {
		return nil, err
	}
	kind := "access token"
	if isIDToken(text) {
		kind = "ID token"
	}
	return map[string]any{"kind": kind, "header": header, "claims": claims, "times": times(claims, now)}, nil
}

// isIDToken says whether a token has the type of an ID token.
func isIDToken(text string) bool {
	first, _, _ := strings.Cut(text, ".")
	var header struct {
		Type string `json:"typ"`
	}
	part, err := decodePart("header", first)
	return err == nil && json.Unmarshal(part, &header) == nil && header.Type == "JWT"
}

// decodePart decodes a part of a JWS, which must be a JSON object.
func decodePart(name, text string) (json.RawMessage, error) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("not a token: its %s is not base64url", name)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(plain, &object) != nil || object == nil {
		return nil, fmt.Errorf("not a token: its %s is not a JSON object", name)
	}
	return plain, nil
}

// times returns the dates among the claims (RFC 7519, 4.1; RFC 9068, 2.2.1),
// for people.
func times(claims json.RawMessage, now time.Time) map[string]string {
	var all map[string]any
	_ = json.Unmarshal(claims, &all) // decodePart found an object
	times := map[string]string{}
	for _, name := range []string{"iat", "nbf", "exp", "auth_time"} {
		const year10000 = 253402300800
		if seconds, ok := all[name].(float64); ok && seconds >= 0 && seconds < year10000 {
			at := time.Unix(int64(seconds), 0).UTC()
			times[name] = at.Format(time.RFC3339) + ", " + relative(at.Sub(now.Truncate(time.Second)))
		}
	}
	return times
}

// relative says how far a time is from now.
func relative(d time.Duration) string {
	switch {
	case d > 0:
		return "in " + d.String()
	case d < 0:
		return (-d).String() + " ago"
	default:
		return "now"
	}
}

// decodeAPIKey says which API key a text is.
func decodeAPIKey(text string, _ time.Time) (map[string]any, error) {
	t, err := apikey.Parse(text)
	if err != nil {
		return nil, err
	}
	return map[string]any{"kind": "API key", "id": t.ID}, nil
}

// An opaque is a kind of token that means nothing to its bearer: what it is called, and what its
// id is of.
type opaque struct{ kind, of string }

func opaqueKind(version byte) opaque {
	switch version {
	case token.ApplicationRefreshVersion:
		return opaque{"refresh token of an application", "session"}
	case token.CodeVersion:
		return opaque{"authorization code", "id"}
	case token.SignInVersion:
		return opaque{"cookie of the sign-in page", "session"}
	default:
		return opaque{"refresh token", "session"}
	}
}

// decodeOpaque decodes what is opaque to clients. An operator may ask which session it belongs to.
func decodeOpaque(text string, _ time.Time) (map[string]any, error) {
	t, err := token.InspectOpaque(text)
	if err != nil {
		return nil, errors.New("not a token that this version of Gatehouse issues")
	}
	kind := opaqueKind(t.Version)
	said := map[string]any{"kind": kind.kind, "version": t.Version, kind.of: t.ID}
	if t.Version == token.RefreshVersion || t.Version == token.ApplicationRefreshVersion {
		said["counter"] = t.Counter
	}
	return said, nil
}
