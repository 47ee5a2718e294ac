package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/proof"
)

// A challengePage is what the page that asks for a second factor shows.
type challengePage struct {
	Words   *words
	Login   *authorization.Login
	Token   string // of the challenge; a secret
	Open    *desk.Open
	Problem string // why it is shown again; "" at first
	// Recovery says that a recovery code was wrong: the page shows the field for it.
	Recovery bool
}

// Options returns what the browser asks for a passkey with, as JSON.
func (p *challengePage) Options() (string, error) {
	text, err := json.Marshal(p.Open.Passkey)
	return string(text), err
}

// Takes reports whether a factor answers the challenge.
func (p *challengePage) Takes(kind string) bool {
	return slices.Contains(p.Open.Methods, factor.Kind(kind))
}

// showChallenge shows the page that asks for a second factor. If the challenge can't be
// answered any more, the person logs in again.
func (v *visit) showChallenge(status int, token, problem string) error {
	login, step, err := v.handler.Service.Login(v.ctx, v.form.Get("request"), v.browser)
	if err != nil {
		return err
	}
	if step != nil {
		return v.leave(step)
	}
	open, err := v.handler.Service.Factors.Open(v.ctx, token)
	if errors.Is(err, proof.ErrInvalid) {
		return v.showLogin(http.StatusBadRequest, "", v.words.ChallengeOver)
	}
	if err != nil {
		return err
	}
	v.client = login.Client.ID
	v.speak(login.Request.Locales)
	if slices.Contains(open.Methods, factor.Passkey) {
		allowScript(v.w.Header())
	}
	return v.show(status, "challenge", &challengePage{
		Words: v.words, Login: login, Token: token, Open: open, Problem: problem, Recovery: v.form.Get("recovery_code") != "",
	})
}

// answerChallenge logs the person in who gives the second factor.
func (h *Handler) answerChallenge(v *visit) error {
	if err := v.own(); err != nil {
		return err
	}
	in, err := answerOf(v)
	if err != nil {
		return err
	}
	cookie, step, err := h.Service.AnswerChallenge(v.ctx, v.form.Get("request"), v.browser, in)
	if cookie != "" {
		v.setCookie(signInCookie, cookie, h.SignInLife)
	}
	if err != nil {
		return v.challengeFailed(in.Token, err)
	}
	return v.leave(step)
}

// answerOf reads the form. A field that is left empty is not given.
func answerOf(v *visit) (in desk.AnswerInput, err error) {
	in.Token = v.form.Get("challenge")
	if code := v.form.Get("totp"); code != "" {
		in.TOTP = &code
	}
	if code := v.form.Get("recovery_code"); code != "" {
		in.RecoveryCode = &code
	}
	if credential := v.form.Get("passkey"); credential != "" && json.Unmarshal([]byte(credential), &in.Passkey) != nil {
		return in, errBadRequest
	}
	return in, nil
}

// challengeFailed shows the page again, with what the person can do about it.
func (v *visit) challengeFailed(token string, err error) error {
	limit, input := (*auth.LimitError)(nil), (*auth.InputError)(nil)
	switch {
	case errors.Is(err, proof.ErrInvalid):
		v.outcome = "proof_invalid"
		return v.showLogin(http.StatusBadRequest, "", v.words.ChallengeOver)
	case errors.Is(err, auth.ErrInvalidCredentials), errors.As(err, &input):
		v.outcome = "invalid_credentials"
		if v.form.Get("passkey") != "" {
			return v.showChallenge(http.StatusBadRequest, token, v.words.WrongPasskey)
		}
		return v.showChallenge(http.StatusBadRequest, token, v.words.WrongCode)
	case errors.As(err, &limit):
		v.outcome = "rate_limited"
		v.w.Header().Set("Retry-After", strconv.Itoa(limit.Seconds()))
		return v.showChallenge(http.StatusTooManyRequests, token, fmt.Sprintf(v.words.TooMany, limit.Seconds()))
	}
	return v.loginFailed("", err)
}
