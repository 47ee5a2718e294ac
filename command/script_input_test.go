package command_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"strconv"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"gatehouse/auth/policy"
)

// write writes parts to a file: write FILE PART... A part is a text with Go's
// escapes, N*TEXT, which is repeated, or <FILE, the text of a file.
func write(ts *testscript.TestScript, _ bool, args []string) {
	var text strings.Builder
	for _, part := range args[1:] {
		if file, ok := strings.CutPrefix(part, "<"); ok {
			text.WriteString(ts.ReadFile(file))
			continue
		}
		times := 1
		if before, after, found := strings.Cut(part, "*"); found {
			if n, err := strconv.Atoi(before); err == nil {
				times, part = n, after
			}
		}
		text.WriteString(strings.Repeat(unescape(ts, part), times))
	}
	writeFile(ts, args[0], text.String())
}

func writeFile(ts *testscript.TestScript, name, text string) {
	ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
}

func unescape(ts *testscript.TestScript, text string) string {
	plain, err := strconv.Unquote(`"` + text + `"`)
	ts.Check(err)
	return plain
}

// set sets a variable to a text with Go's escapes: set NAME TEXT.
func set(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], unescape(ts, args[1]))
}

// upper sets a variable to a text in upper case: upper NAME TEXT.
func upper(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.ToUpper(args[1]))
}

// prependDirectives adds the definitions of the directives, six lines, at the
// top of schema files: directives FILE...
func prependDirectives(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args {
		text := ts.ReadFile(file)
		for line := range strings.Lines(policy.DirectivesSDL()) {
			if strings.HasPrefix(line, "directive @") {
				text = line + text
			}
		}
		writeFile(ts, file, text)
	}
}

// writeKey writes a new private key, and its public half to FILE.pub: key FILE
// es256|eddsa pem|jwk [ID].
func writeKey(ts *testscript.TestScript, _ bool, args []string) {
	var private, public any
	if args[1] == "es256" {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ts.Check(err)
		private, public = key, key.Public()
	} else {
		half, key, err := ed25519.GenerateKey(rand.Reader)
		ts.Check(err)
		private, public = key, half
	}
	if args[2] == "jwk" {
		for name, key := range map[string]any{args[0]: private, args[0] + ".pub": public} {
			text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: args[3], Use: "sig"})
			ts.Check(err)
			writeFile(ts, name, string(text))
		}
		return
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	ts.Check(err)
	writeFile(ts, args[0], string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	der, err = x509.MarshalPKIXPublicKey(public)
	ts.Check(err)
	writeFile(ts, args[0]+".pub", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
}

// writeParts writes the parts of an access token to files of their own, FILE.1,
// FILE.2 and FILE.3: parts FILE.
func writeParts(ts *testscript.TestScript, _ bool, args []string) {
	for i, part := range strings.Split(ts.ReadFile(args[0]), ".") {
		writeFile(ts, args[0]+"."+strconv.Itoa(i+1), part)
	}
}

// forge writes a token that differs from another one in its middle: forge FILE
// TOKEN.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	text := []byte(ts.ReadFile(args[1]))
	if middle := &text[len(text)/2]; *middle == 'A' {
		*middle = 'B'
	} else {
		*middle = 'A'
	}
	writeFile(ts, args[0], string(text))
}
