package server

import (
	"net/http"

	"gatehouse/auth/bymail"
	"gatehouse/auth/factor"
	oauthpages "gatehouse/oauth/pages"
	"gatehouse/web"
)

// The paths of the pages on which people use their accounts.
const (
	accountPath = "/account"
	// changePasswordPath leads password managers to the page for a new password.
	// https://www.w3.org/TR/change-password-url/
	changePasswordPath = "/.well-known/change-password"
)

// account serves our pages of accounts, unless ACCOUNT_URL names others.
func (srv *Server) account(mux *http.ServeMux) {
	s := srv.deployment.Settings
	if s.ServesAccounts() {
		pages := web.Account(s.PublicURL.EscapedPath())
		mux.Handle(accountPath, pages)
		mux.Handle(accountPath+"/", pages)
	}
	page := s.AccountPage()
	page.Fragment = "password"
	mux.Handle("GET "+changePasswordPath, http.RedirectHandler(page.String(), http.StatusFound))
}

// accountLinks lead to those of these pages that help a person who can't log in.
func (srv *Server) accountLinks() (links oauthpages.Links) {
	s := srv.deployment.Settings
	page := s.AccountPage()
	if s.Mails() {
		page.Fragment = "forgot"
		links.Forgot = page.String()
	}
	if s.Registration == bymail.RegistrationOpen || s.Registration == bymail.RegistrationByEmail && s.Mails() {
		page.Fragment = "register"
		links.Register = page.String()
	}
	if s.SecondFactor == factor.Required || s.SecondFactor == factor.Admins {
		page.Fragment = "security"
		links.Security = page.String()
	}
	return links
}
