package token

import (
	"errors"
	"math"
	"testing"
)

func TestInspectOpaque(t *testing.T) {
	s := testSecrets(t)
	good := issue(t, s, 7)
	made := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	application := made(s.IssueApplicationRefresh(testSession, 7, testSeed))
	code, signIn := made(s.IssueCode(testSession, testSeed)), made(s.IssueSignIn(testSession, testSeed))
	own := func(counter uint64) Opaque { return Opaque{RefreshVersion, testSession, counter} }
	tests := []struct {
		name string
		text string
		want Opaque // zero: ErrInvalid
	}{
		{"empty", "", Opaque{}},
		{"truncated", good[:81], Opaque{}},
		{"extended", good + "A", Opaque{}},
		{"line break", good[:80] + "\r\n", Opaque{}},
		{"other alphabet", "+" + good[1:], Opaque{}},
		{"access token", mustSign(t, testKeys()[HS256], testClaims()), Opaque{}},
		{"version of a code", flip(t, good, 0, RefreshVersion^CodeVersion), Opaque{}},
		{"code with the version of a refresh token", flip(t, code, 0, RefreshVersion^CodeVersion), Opaque{}},
		{"code, truncated", code[:len(code)-1], Opaque{}},
		{"code with a line break", code[:len(code)-2] + "\r\n", Opaque{}},
		{"wrong tag", flip(t, good, refreshHeaderSize, 1), own(7)},
		{"other secret", issue(t, Secrets{Current: mustSecret(t, otherSecretText)}, 7), own(7)},
		{"counter out of range", flip(t, good, refreshHeaderSize-8, 0x80), own(1<<63 | 7)},
		{"last counter", issue(t, s, math.MaxInt64), own(math.MaxInt64)},
		{"good", good, own(7)},
		{"of an application", application, Opaque{ApplicationRefreshVersion, testSession, 7}},
		{"code", code, Opaque{Version: CodeVersion, ID: testSession}},
		{"code with a wrong tag", flip(t, code, idHeaderSize, 1), Opaque{Version: CodeVersion, ID: testSession}},
		{"cookie of the sign-in page", signIn, Opaque{Version: SignInVersion, ID: testSession}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := InspectOpaque(tt.text)
			if got != tt.want || errors.Is(err, ErrInvalid) != (tt.want == Opaque{}) {
				t.Errorf("read %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}
