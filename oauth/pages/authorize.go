package pages

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/oauth/authorization"
)

// authorize begins a request of an application.
func (h *Handler) authorize(v *visit) error {
	v.begin()
	step, err := h.Service.Begin(v.ctx, v.form, v.browser)
	if err != nil {
		return err
	}
	return v.follow(step)
}

// receive takes a request that comes as a form. Browsers send no cookie of ours with the form
// of another site, but do so with the request that follows.
func (h *Handler) receive(v *visit) error {
	query, step, err := h.Service.Receive(v.ctx, v.form)
	if err != nil {
		return err
	}
	if step != nil {
		return v.follow(step)
	}
	v.redirect(h.location("/oauth/authorize", query))
	return nil
}

// A loginPage is what the page for logging in shows.
type loginPage struct {
	Words   *words
	Login   *authorization.Login
	Links   Links
	Email   string
	Problem string // why it is shown again; "" at first
}

// showLogin shows the page for logging in.
func (h *Handler) showLogin(v *visit) error { return v.showLogin(http.StatusOK, "", "") }

// showLogin shows the page with what was typed, and what is wrong.
func (v *visit) showLogin(status int, email, problem string) error {
	login, step, err := v.handler.Service.Login(v.ctx, v.form.Get("request"), v.browser)
	if err != nil {
		return err
	}
	if step != nil {
		return v.leave(step)
	}
	v.client = login.Client.ID
	v.speak(login.Request.Locales)
	if email == "" {
		email = login.Email
	}
	return v.show(status, "login", &loginPage{Words: v.words, Login: login, Links: v.handler.Links, Email: email, Problem: problem})
}

// logIn logs the person in.
func (h *Handler) logIn(v *visit) error {
	if err := v.own(); err != nil {
		return err
	}
	email := v.form.Get("email")
	cookie, step, err := h.Service.LogIn(v.ctx, v.form.Get("request"), v.browser, email, v.form.Get("password"), h.Uses(v.ctx, email))
	if cookie != "" {
		v.setCookie(signInCookie, cookie, h.SignInLife)
	}
	if err != nil {
		return v.loginFailed(email, err)
	}
	return v.leave(step)
}

// loginFailed shows the page again, with what the person can do about it.
func (v *visit) loginFailed(email string, err error) error {
	limit, needed := (*auth.LimitError)(nil), (*factor.ChallengeError)(nil)
	switch {
	case errors.As(err, &needed):
		v.outcome = "challenge"
		return v.showChallenge(http.StatusOK, needed.Token, "")
	case errors.Is(err, factor.ErrNone):
		v.outcome = "second_factor_missing"
		return v.showLogin(http.StatusForbidden, email, v.words.NoFactor)
	case errors.Is(err, auth.ErrInvalidCredentials):
		v.outcome = "invalid_credentials"
		return v.showLogin(http.StatusBadRequest, email, v.words.Wrong)
	case errors.Is(err, auth.ErrEmailUnproved):
		v.outcome = "email_unverified"
		return v.showLogin(http.StatusForbidden, email, v.words.Unproved)
	case errors.As(err, &limit):
		v.outcome = "rate_limited"
		v.w.Header().Set("Retry-After", strconv.Itoa(limit.Seconds()))
		return v.showLogin(http.StatusTooManyRequests, email, fmt.Sprintf(v.words.TooMany, limit.Seconds()))
	case errors.Is(err, auth.ErrUnavailable):
		v.outcome = err.Error()
		v.w.Header().Set("Retry-After", "1")
		return v.showLogin(http.StatusServiceUnavailable, email, v.words.BusyText)
	}
	return err
}

// leave goes on with a step after the form for logging in. Chrome would apply form-action
// to a redirect to the application, so a page of its own leads there.
func (v *visit) leave(step *authorization.Step) error {
	if step.Response == nil {
		return v.follow(step)
	}
	v.client = step.Request.ClientID
	v.note(step.Response)
	v.speak(step.Request.Locales)
	return v.onward(step.Response.URL())
}
