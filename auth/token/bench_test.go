package token

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func BenchmarkSign(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(string(alg), func(b *testing.B) {
			k, c := testKeys()[alg], testClaims()
			b.ReportAllocs()
			for b.Loop() {
				mustSign(b, k, c)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(string(alg), func(b *testing.B) {
			k := testKeys()[alg]
			v, text := verifierOf(k), mustSign(b, k, testClaims())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyPlain verifies the same token with golang-jwt alone, for
// comparison.
func BenchmarkVerifyPlain(b *testing.B) {
	k := testKeys()[HS256]
	text := mustSign(b, k, testClaims())
	key := func(*jwt.Token) (any, error) { return k.material().public, nil }
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(testIssuer),
		jwt.WithAudience(testAudience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(verifierOf().Now))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parser.ParseWithClaims(text, jwt.MapClaims{}, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssueRefresh(b *testing.B) {
	s := testSecrets(b)
	b.ReportAllocs()
	for b.Loop() {
		issue(b, s, 7)
	}
}

func BenchmarkParseRefresh(b *testing.B) {
	s := testSecrets(b)
	text := issue(b, s, 7)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.ParseRefresh(text); err != nil {
			b.Fatal(err)
		}
	}
}
