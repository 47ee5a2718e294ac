package leaks_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/test/harness"
	"gatehouse/test/smtptest"
)

// kept returns a function that reads the mails which a service with a folder keeps.
func kept(dir string) func() []smtptest.Mail {
	return func() (all []smtptest.Mail) {
		files, _ := filepath.Glob(filepath.Join(dir, "data", "mail", "*.eml"))
		for _, file := range files {
			if content, err := os.ReadFile(file); err == nil {
				if m, err := smtptest.Parse(content); err == nil {
					all = append(all, m)
				}
			}
		}
		return all
	}
}

// links has people do by mail all that they can. What the links and codes prove with, and the
// new passwords, are secrets, wherever they are presented.
func (c canaries) links(t *testing.T, p *harness.Process, mails func() []smtptest.Mail) {
	t.Helper()
	seen := map[string]bool{}
	// next waits for the next mail with a link, and notes its secrets.
	next := func(what string) (found smtptest.Mail) {
		t.Helper()
		harness.Eventually(t, "the mail of "+what+" comes", func() bool {
			for _, m := range mails() {
				if m.Link() != "" && !seen[m.Proof()] {
					found = m
					return true
				}
			}
			return false
		})
		seen[found.Proof()] = true
		c["the link of "+what] = []byte(found.Proof())
		if code := found.Code(); code != "" {
			c["the code of "+what] = []byte(code)
		}
		return found
	}
	ask := func(header http.Header, query string, variables harness.Vars) harness.Reply {
		t.Helper()
		r, err := harness.ParseReply(http.StatusOK, nil, []byte(c.post(t, p, header, operation(query, variables))))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const carol = "carol@example.com"
	admin := p.Client.Login(t, harness.AdminEmail, string(c["ADMIN_PASSWORD"]))
	ask(harness.Bearer(admin.Access), `mutation { invite(input: {email: "`+carol+`"}) { id } }`, nil).Must(t)
	first := c.plant("a password of an invitation")
	ask(nil, `mutation($p: String!, $w: String!) { acceptInvitation(input: {proof: $p, password: $w}) { accessToken } }`,
		harness.Vars{"p": next("an invitation").Proof(), "w": first}).Must(t)

	login := ask(nil, `mutation { requestLogin(email: "`+carol+`") { request } }`, nil).Must(t)
	c["the request of a code"] = []byte(login.Text("requestLogin.request"))
	code := next("a login").Code()
	entered := ask(nil, `mutation($r: String!, $c: String!) { loginByEmail(input: {request: $r, code: $c}) { accessToken refreshToken } }`,
		harness.Vars{"r": login.Text("requestLogin.request"), "c": code}).Must(t).Session("loginByEmail")
	c["an access token of a code"], c["a refresh token of a code"] = []byte(entered.Access), []byte(entered.Refresh)

	ask(nil, `mutation { requestPasswordReset(email: "`+carol+`") }`, nil).Must(t)
	second := c.plant("a password of a reset")
	ask(nil, `mutation($p: String!, $w: String!) { resetPassword(input: {proof: $p, newPassword: $w}) }`, harness.Vars{"p": next("a reset").Proof(), "w": second}).Must(t)

	back := p.Client.Login(t, carol, second)
	ask(harness.Bearer(back.Access), `mutation($w: String!) { changeEmail(input: {email: "carol@example.org", currentPassword: $w}) { id } }`, harness.Vars{"w": second}).Must(t)
	ask(nil, `mutation($p: String!) { verifyEmail(input: {proof: $p}) { email } }`, harness.Vars{"p": next("a change").Proof()}).Must(t)
	ask(nil, `mutation($p: String!) { undoEmailChange(proof: $p) }`, harness.Vars{"p": next("taking back").Proof()}).Must(t)
	next("another reset")
	for proof := range seen {
		c.elsewhere(t, p, proof)
	}
}

// elsewhere presents a proof where it is wrong.
func (c canaries) elsewhere(t *testing.T, p *harness.Process, proof string) {
	t.Helper()
	variables := harness.Vars{"p": proof}
	for _, query := range []string{
		`mutation($p: String!) { verifyEmail(input: {proof: $p, password: $p}) { email } }`, `mutation($p: String!) { undoEmailChange(proof: $p) }`,
		`mutation($p: String!) { resetPassword(input: {proof: $p, newPassword: $p}) }`, `mutation($p: String!) { loginByEmail(input: {proof: $p, code: $p}) { accessToken } }`,
		`mutation($p: String!) { loginByEmail(input: {request: $p, code: $p}) { accessToken } }`, `mutation($p: String!) { requestPasswordReset(email: $p) }`,
		`mutation($p: String!) { requestLogin(email: $p, locale: $p) { request } }`, `mutation { undoEmailChange(proof: "` + proof + `") }`,
		`mutation { resetPassword(input: {proof: "` + proof + `", more: "` + proof + `"}) }`, `mutation($p: ID!) { revokeInvitation(id: $p) }`,
	} {
		c.post(t, p, nil, operation(query, variables))
	}
	c.post(t, p, http.Header{"Authorization": {"Bearer " + proof}}, operation(harness.MeOperation, nil))
	for _, path := range []string{"/account?reset=" + proof, "/account/" + proof, "/account/mails/" + proof, "/.well-known/change-password?" + proof, "/graphql?query=" + url.QueryEscape(`mutation { undoEmailChange(proof: "`+proof+`") }`)} {
		request, err := http.NewRequest(http.MethodGet, p.Client.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		c.do(t, request)
	}
}
