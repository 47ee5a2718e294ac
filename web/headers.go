package web

import "net/http"

// explorerPolicy restricts the page to its own origin and to scripts from files.
// Inline styles are allowed because GraphiQL's editor and dialogs insert style
// elements; its fonts and cursors are data: URLs.
const explorerPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// accountPolicy restricts the page to files of its own origin. Its scripts can't turn text into HTML.
const accountPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// passkeys lets pages of our own origin, and no frame in them, make passkeys and ask for them.
const passkeys = "publickey-credentials-create=(self), publickey-credentials-get=(self)"

// setHeaders sets the headers of every page and asset.
func setHeaders(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), "+passkeys)
}
