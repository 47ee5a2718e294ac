// Package totp reads the codes of authenticator apps (RFC 6238): six digits, another one every
// 30 seconds, from HMAC-SHA-1. Apps know nothing else: most ignore that a URI asks for more.
package totp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Digits is how many digits a code has, and Period how long it is shown.
const (
	Digits = 6
	Period = 30 * time.Second
)

// secretSize is the size of a secret, in bytes: that of SHA-1 (RFC 4226, 4).
const secretSize = 20

// ErrCode means that a text is not a code.
var ErrCode = errors.New("a code has 6 digits")

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns a secret, which the service and the app share.
func NewSecret() []byte {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return secret
}

// Text returns a secret as a person types it: in base32.
func Text(secret []byte) string { return encoding.EncodeToString(secret) }

// URI returns what an app reads from a QR code: a secret of the account at the issuer.
func URI(issuer, account string, secret []byte) string {
	values := fmt.Sprintf("secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		Text(secret), strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20"), Digits, int(Period.Seconds()))
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account, RawQuery: values}).String()
}

// Parse returns a code without the spaces that apps show in it. It returns [ErrCode].
func Parse(text string) (string, error) {
	code := strings.Join(strings.Fields(text), "")
	if len(code) != Digits || strings.Trim(code, "0123456789") != "" {
		return "", ErrCode
	}
	return code, nil
}

// Match returns the time step whose code it is: the present one, the one before, whose code
// was on its way, or the next one, because clocks differ (RFC 6238, 5.2). It takes as long for
// each of them, and for a wrong code.
func Match(secret []byte, code string, now time.Time) (step int64, ok bool, err error) {
	present := now.Unix() / int64(Period.Seconds())
	for _, candidate := range []int64{present + 1, present - 1, present} {
		right, err := At(secret, candidate)
		if err != nil {
			return 0, false, err
		}
		same := subtle.ConstantTimeCompare([]byte(right), []byte(code))
		step = int64(subtle.ConstantTimeSelect(same, int(candidate), int(step)))
		ok = ok || same == 1
	}
	return step, ok, nil
}

// At returns the code of a time step.
func At(secret []byte, step int64) (string, error) {
	if step < 0 {
		return "", errors.New("the time is before 1970")
	}
	return hotp.GenerateCodeCustom(Text(secret), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
}
