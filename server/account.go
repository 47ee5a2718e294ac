package server

import (
	"net/http"

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
