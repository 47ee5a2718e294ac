package totp_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	own "gatehouse/auth/factor/totp"
)

// The vectors of RFC 6238, appendix B, for SHA-1. They have eight digits, of which apps show
// the last six.
func TestVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
		2000000000: "69279037", 20000000000: "65353130",
	} {
		code, err := own.At(secret, at/30)
		if err != nil || code != want[2:] {
			t.Errorf("at %d the code is %s, %v; want %s", at, code, err, want[2:])
		}
		step, ok, err := own.Match(secret, want[2:], time.Unix(at, 0))
		if err != nil || !ok || step != at/30 {
			t.Errorf("at %d: step %d, %t, %v", at, step, ok, err)
		}
	}
}

// A code works one step early and one step late, and no longer.
func TestSteps(t *testing.T) {
	secret, now := own.NewSecret(), time.Unix(1_800_000_015, 0)
	present := now.Unix() / 30
	for offset, want := range map[int64]bool{-3: false, -2: false, -1: true, 0: true, 1: true, 2: false, 3: false} {
		code, err := own.At(secret, present+offset)
		if err != nil {
			t.Fatal(err)
		}
		step, ok, err := own.Match(secret, code, now)
		if err != nil || ok != want || ok && step != present+offset {
			t.Errorf("a code of step %+d: step %+d, %t, %v; want %t", offset, step-present, ok, err, want)
		}
	}
	if _, _, err := own.Match(secret, "123456", time.Unix(-60, 0)); err == nil {
		t.Error("a time before 1970 has codes")
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"123456": "123456", " 123 456\n": "123456", "1 2 3 4 5 6": "123456", "000000": "000000",
		"": "", "12345": "", "1234567": "", "12345a": "", "１２３４５６": "", "-12345": "", "12.456": "", "123456\x00": "",
	} {
		got, err := own.Parse(text)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, own.ErrCode) {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
}

// Another reader of the URI makes the same 10,000 codes.
func TestURI(t *testing.T) {
	secret := own.NewSecret()
	text := own.URI("id.example.com", "ada+1 & co@example.com", secret)
	key, err := otp.NewKeyFromURL(text)
	if err != nil {
		t.Fatal(err)
	}
	if key.Issuer() != "id.example.com" || key.AccountName() != "ada+1 & co@example.com" || key.Secret() != own.Text(secret) ||
		key.Period() != 30 || key.Digits() != otp.DigitsSix || key.Algorithm() != otp.AlgorithmSHA1 {
		t.Errorf("%s has issuer %q, account %q, secret %q", text, key.Issuer(), key.AccountName(), key.Secret())
	}
	if parsed, err := url.Parse(text); err != nil || parsed.Scheme != "otpauth" || parsed.Host != "totp" {
		t.Errorf("%s: %v", text, err)
	}
	for step := range int64(10_000) {
		at := time.Unix(1_800_000_000+30*step, 0)
		theirs, err := totp.GenerateCode(key.Secret(), at)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, err := own.Match(secret, theirs, at); err != nil || !ok {
			t.Fatalf("at %s: %s is not a code: %v", at, theirs, err)
		}
	}
}

// TestTenThousandCodes: the codes of one secret at 10,000 times, in one digest. The test in
// test/clients/totp.test.mjs has the same one, for three libraries of npm.
func TestTenThousandCodes(t *testing.T) {
	const want = "19d9dc1ec04d467c7704a4f15d42067d9ff18a24fe1202bf9f7b627f22da12be"
	digest := sha256.New()
	for i := range int64(10_000) {
		code, err := own.At([]byte("12345678901234567890"), i*7919)
		if err != nil {
			t.Fatal(err)
		}
		digest.Write([]byte(code))
	}
	if got := hex.EncodeToString(digest.Sum(nil)); got != want {
		t.Errorf("the digest of the codes is %s", got)
	}
}

func ExampleParse() {
	code, _ := own.Parse("123 456")
	fmt.Println(code)
	// Output: 123456
}
