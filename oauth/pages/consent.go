package pages

import (
	"errors"
	"net/http"

	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/authorization"
)

// A consentPage is what the page for allowing something shows.
type consentPage struct {
	Words   *words
	Consent *authorization.Consent
	Offline string // the scope's name
	Problem string // why it is shown again; "" at first
}

// showConsent shows the page for allowing something.
func (h *Handler) showConsent(v *visit) error { return v.showConsent(http.StatusOK, false) }

// showConsent shows the page, or goes on if nothing has to be asked.
func (v *visit) showConsent(status int, nothing bool) error {
	c, step, err := v.handler.Service.Consent(v.ctx, v.form.Get("request"), v.browser)
	if err != nil {
		return err
	}
	if step != nil {
		return v.follow(step)
	}
	v.client = c.Client.ID
	v.speak(c.Request.Locales)
	problem := ""
	switch {
	case nothing:
		problem = v.words.Nothing
	case status != http.StatusOK:
		problem = v.words.Changed
	}
	return v.show(status, "consent", &consentPage{Words: v.words, Consent: c, Offline: oauth.OfflineAccess, Problem: problem})
}

// consent takes the person's answer.
func (h *Handler) consent(v *visit) error {
	if err := v.own(); err != nil {
		return err
	}
	id := v.form.Get("request")
	var step *authorization.Step
	var err error
	switch v.form.Get("answer") {
	case "allow":
		step, err = h.Service.Allow(v.ctx, id, v.browser, v.form.Get("shown"), v.form["scope"])
	case "refuse":
		step, err = h.Service.Refuse(v.ctx, id, v.browser)
	default:
		return errBadRequest
	}
	switch {
	case errors.Is(err, authorization.ErrChanged):
		return v.showConsent(http.StatusConflict, false)
	case errors.Is(err, authorization.ErrNothingAllowed):
		return v.showConsent(http.StatusBadRequest, true)
	case err != nil:
		return err
	}
	return v.follow(step)
}
