package pages

import (
	"net/http"
	"net/url"

	"gatehouse/auth/oauth/authorization"
)

// A logoutPage is the page that asks whether to log out.
type logoutPage struct {
	Words  *words
	Logout *authorization.Logout
	Fields url.Values // of the request, which the answer repeats
}

// logoutFields are the parameters of a logout (RP-Initiated Logout, 2).
var logoutFields = []string{"id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"}

// logOut logs the person out, or asks first.
func (h *Handler) logOut(v *visit) error { return v.logOut(false) }

// confirmLogout takes the answer to that page. A form of another site comes without
// cookies, and is sent on as a query.
func (h *Handler) confirmLogout(v *visit) error {
	switch v.form.Get("answer") {
	case "":
		query := url.Values{}
		for _, name := range logoutFields {
			if values, sent := v.form[name]; sent {
				query[name] = values
			}
		}
		v.redirect(h.location("/oauth/logout", query))
		return nil
	case "yes":
		if err := v.own(); err != nil {
			return err
		}
		return v.logOut(true)
	case "no":
		v.message(http.StatusOK, v.words.Stayed, v.words.StayedText)
		return nil
	}
	return errBadRequest
}

func (v *visit) logOut(confirmed bool) error {
	out, err := v.handler.Service.LogOut(v.ctx, v.form, v.browser, confirmed)
	if err != nil {
		return err
	}
	v.speak(out.Locales)
	if out.Client != nil {
		v.client = out.Client.ID
	}
	if !out.Done {
		fields := url.Values{}
		for _, name := range logoutFields {
			fields[name] = v.form[name]
		}
		return v.show(http.StatusOK, "logout", &logoutPage{Words: v.words, Logout: out, Fields: fields})
	}
	v.outcome = "logged out"
	v.setCookie(signInCookie, "", 0)
	if out.Location != "" {
		v.redirect(out.Location)
		return nil
	}
	v.message(http.StatusOK, v.words.LoggedOut, v.words.LoggedOutText)
	return nil
}
