package main

import (
	"context"
	"encoding/base64"
	byteorder "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// tokenCommands look into tokens.
type tokenCommands struct {
	Inspect tokenInspect `cmd:"" help:"Read a token from standard input and print what it says."`
}

type tokenInspect struct {
	Verify bool `help:"Check it as the service would: exit status 1 if it is refused."`
}

// Help is what the command's own help says beside its flags.
func (tokenInspect) Help() string {
	return `The answer is JSON. Without --verify nothing is checked: anybody can write a token that says anything.
The token itself is never printed, and is not taken from the command line, where others could see it.`
}

// unchecked is the verdict on a token that nobody looked at more closely.
const unchecked = "NOT CHECKED: anybody can write a token that says this"

// Run prints what an access token or a refresh token says.
func (c tokenInspect) Run(t *session) error {
	text, err := t.token()
	if err != nil {
		return err
	}
	read, check := readRefresh, (*checker).refresh
	if strings.Contains(text, ".") {
		read, check = t.readAccess, (*checker).access
	}
	said, err := read(text)
	if err != nil {
		return err
	}
	verdict := unchecked
	if c.Verify {
		verdict, err = t.verify(text, check)
	} else {
		t.note("the signature was not checked; --verify does that")
	}
	return errors.Join(t.inspected(said, verdict), err)
}

// token reads a token, with or without the scheme it is sent with.
func (t *session) token() (text string, err error) {
	if terminal(t.stdin) {
		text, err = t.typed("Token: ")
	} else {
		text, err = t.piped()
	}
	if err != nil {
		return "", err
	}
	text = strings.TrimSpace(text)
	if scheme, rest, found := strings.Cut(text, " "); found && strings.EqualFold(scheme, "Bearer") {
		text = strings.TrimSpace(rest)
	}
	if text == "" {
		return "", errors.New("standard input holds no token")
	}
	return text, nil
}

// inspected prints what a token says, with the verdict on it.
func (t *session) inspected(said map[string]any, verdict string) error {
	said["verdict"] = verdict
	var text strings.Builder
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(said); err != nil {
		return err
	}
	_, err := t.stdout.WriteString(escaped(text.String()))
	return err
}

// escaped writes what a terminal would obey as JSON escapes. Outside its strings JSON has no such characters.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > math.MaxUint16:
			high, low := 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// readAccess reads an access token: a JWS in the compact serialisation (RFC 7515, 7.1).
func (t *session) readAccess(text string) (map[string]any, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errors.New("this is no token: an access token has three parts, separated by dots")
	}
	header, err := segment("header", parts[0])
	if err != nil {
		return nil, err
	}
	claims, err := segment("claims", parts[1])
	if err != nil {
		return nil, err
	}
	return map[string]any{"kind": "access token", "header": header, "claims": claims, "times": t.times(claims)}, nil
}

// segment decodes one part of a token, which must be a JSON object.
func segment(name, text string) (json.RawMessage, error) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("this is no token: its %s is not base64url", name)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(plain, &object) != nil || object == nil {
		return nil, fmt.Errorf("this is no token: its %s is not a JSON object", name)
	}
	return plain, nil
}

// times are the dates among the claims (RFC 7519, 4.1; RFC 9068, 2.2.1), for people.
func (t *session) times(claims json.RawMessage) map[string]string {
	var all map[string]any
	_ = json.Unmarshal(claims, &all) // segment has found it to be an object
	times := map[string]string{}
	for _, name := range []string{"iat", "nbf", "exp", "auth_time"} {
		const year10000 = 253402300800
		if seconds, ok := all[name].(float64); ok && seconds >= 0 && seconds < year10000 {
			at := time.Unix(int64(seconds), 0).UTC()
			times[name] = at.Format(time.RFC3339) + ", " + relative(at.Sub(t.now().Truncate(time.Second)))
		}
	}
	return times
}

// relative says how far away a moment is.
func relative(d time.Duration) string {
	switch {
	case d > 0:
		return "in " + shortDuration(d)
	case d < 0:
		return shortDuration(-d) + " ago"
	}
	return "now"
}

// A refresh token is the base64url of version (1 byte), id of the secret (4), session (16), counter (8), tag (16) and proof (16).
// It is opaque to clients; whoever runs the service may ask which session one belongs to.
const (
	refreshSize    = 1 + 4 + 16 + 8 + 16 + 16
	refreshSession = 1 + 4
	refreshCounter = refreshSession + 16
)

func readRefresh(text string) (map[string]any, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != refreshSize || raw[0] != 1 {
		return nil, errors.New("this is neither an access token nor a refresh token of this version")
	}
	return map[string]any{
		"kind": "refresh token", "version": raw[0],
		"session": uuid.UUID(raw[refreshSession:refreshCounter]).String(),
		"counter": byteorder.BigEndian.Uint64(raw[refreshCounter:]),
	}, nil
}

// verify has the database's keys and secret looked up, and the token checked with them. What can't be checked stays unchecked.
func (t *session) verify(text string, check func(*checker, context.Context, string) (string, error)) (verdict string, err error) {
	verdict = unchecked
	err = t.onTables(func(ctx context.Context, d *deployment) error {
		verdict, err = check(&checker{deployment: d, now: t.now}, ctx, text)
		return err
	})
	return verdict, err
}
