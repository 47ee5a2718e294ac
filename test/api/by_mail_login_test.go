package api_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/operator"
	"gatehouse/test/harness"
	"gatehouse/test/smtptest"
)

func TestLoginByEmail(t *testing.T) {
	p := startPost(t, "LOGIN_METHODS=email,password")
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	p.exec(t, `UPDATE users SET email_verified = true`)
	ask := func() (request string, m smtptest.Mail) {
		t.Helper()
		r := p.Ask(t, "", requestLogin, harness.Vars{"email": harness.AdaEmail}).Must(t)
		return r.Text("requestLogin.request"), p.mail(t, harness.AdaEmail)
	}
	login := func(input harness.Vars) harness.Reply {
		return p.Ask(t, "", loginByEmail, harness.Vars{"input": input})
	}
	request, m := ask()
	if m.Code() == "" || !strings.Contains(m.Text, "127.0.0.1") {
		t.Errorf("%s", m.Text)
	}
	login(harness.Vars{}).WantField(t, "BAD_USER_INPUT", "input.proof")
	login(harness.Vars{"proof": m.Proof(), "request": request, "code": m.Code()}).WantField(t, "BAD_USER_INPUT", "input.proof")
	login(harness.Vars{"request": request}).WantField(t, "BAD_USER_INPUT", "input.proof")
	login(harness.Vars{"request": m.Proof(), "code": m.Code()}).Want(t, "PROOF_INVALID")
	login(harness.Vars{"proof": request}).Want(t, "PROOF_INVALID")
	login(harness.Vars{"request": request, "code": "00000000"}).Want(t, "PROOF_INVALID")
	login(harness.Vars{"proof": m.Proof(), "scopes": []string{"read:users"}}).WantField(t, "BAD_USER_INPUT", "input.scopes")
	s := login(harness.Vars{"request": request, "code": m.Code()}).Must(t).Session("loginByEmail")
	if s.UserID != ada.UserID {
		t.Error("another account was logged in")
	}
	amr := p.Ask(t, s.Access, `{ me { sessions { current amr } } }`, nil).Must(t)
	if !strings.Contains(amr.Body, `"current":true,"amr":["otp"]`) {
		t.Errorf("%s", amr.Body)
	}
	p.Refresh(t, s.Refresh)
	login(harness.Vars{"proof": m.Proof()}).Want(t, "PROOF_INVALID") // the code was of the same proof
	request, m = ask()
	for range 5 {
		login(harness.Vars{"request": request, "code": "00000000"}).Want(t, "PROOF_INVALID")
	}
	login(harness.Vars{"request": request, "code": m.Code()}).Want(t, "PROOF_INVALID")
	login(harness.Vars{"proof": m.Proof()}).Must(t)
}

func TestRegisterByMail(t *testing.T) {
	p := startPost(t, "REGISTRATION=by-email")
	p.Ask(t, "", harness.RegisterOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).WantReason(t, "FORBIDDEN", "registration_closed")
	p.Ask(t, "", requestRegistration, harness.Vars{"email": harness.AdminEmail}).Must(t)
	if m := p.mail(t, harness.AdminEmail); m.Link() != "" || !strings.Contains(m.Text, "already") {
		t.Errorf("%s", m.Text)
	}
	p.Ask(t, "", requestRegistration, harness.Vars{"email": "Ada@example.com"}).Must(t)
	m := p.mail(t, "Ada@example.com")
	finish := func(password string) harness.Reply {
		return p.Ask(t, "", finishRegistration, harness.Vars{"input": harness.Vars{"proof": m.Proof(), "password": password, "name": "Ada"}})
	}
	finish("short").WantField(t, "BAD_USER_INPUT", "input.password")
	r := finish(harness.AdaPassword).Must(t)
	if r.Text("finishRegistration.user.email") != "Ada@example.com" || r.At("finishRegistration.user.emailVerified") != true ||
		r.Text("finishRegistration.user.name") != "Ada" || !slices.Equal(r.Texts("finishRegistration.user.roles"), []string{"user"}) {
		t.Errorf("%s", r.Body)
	}
	finish(harness.AdaPassword).Want(t, "PROOF_INVALID")
	p.Login(t, harness.AdaEmail, harness.AdaPassword)
}

func TestInvite(t *testing.T) {
	p := startPost(t, "REGISTRATION=invited")
	if err := p.Store().CreateRole(t.Context(), operator.Role{Name: "support", Scopes: []string{"write:users"}}); err != nil {
		t.Fatal(err)
	}
	admin := p.Admin(t)
	to := func(email string, roles ...string) harness.Vars {
		return harness.Vars{"input": harness.Vars{"email": email, "roles": append([]string{}, roles...)}}
	}
	accept := func(token, proof string, more harness.Vars) harness.Reply {
		t.Helper()
		more["proof"] = proof
		return p.Ask(t, token, acceptInvitation, harness.Vars{"input": more})
	}
	p.Ask(t, admin.Access, invite, to("no address")).WantField(t, "BAD_USER_INPUT", "input.email")
	made := p.Ask(t, admin.Access, invite, to("sue@example.com", "support", "user")).Must(t)
	sueProof := p.mail(t, "sue@example.com").Proof()
	p.Ask(t, "", listInvitations, nil).Want(t, "UNAUTHENTICATED")
	list := p.Ask(t, admin.Access, listInvitations, nil).Must(t)
	if !strings.Contains(list.Body, made.Text("invite.id")) || made.At("invite.inviterId") == nil {
		t.Errorf("%s", list.Body)
	}
	accept("", sueProof, harness.Vars{}).WantField(t, "BAD_USER_INPUT", "input.password")
	r := accept("", sueProof, harness.Vars{"password": harness.AdaPassword, "name": "Sue"}).Must(t)
	sue := r.Session("acceptInvitation")
	if r.At("acceptInvitation.user.emailVerified") != true || !slices.Equal(r.Texts("acceptInvitation.user.roles"), []string{"support", "user"}) {
		t.Errorf("%s", r.Body)
	}
	accept("", sueProof, harness.Vars{"password": harness.AdaPassword}).Want(t, "PROOF_INVALID")

	p.Ask(t, sue.Access, invite, to("eve@example.com", "admin")).WantReason(t, "FORBIDDEN", "rank")
	p.Ask(t, sue.Access, invite, to("eve@example.com", "support")).Must(t)
	eve := p.mail(t, "eve@example.com").Proof()
	p.Ask(t, admin.Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["user"]) { id } }`, harness.Vars{"id": sue.UserID}).Must(t)
	accept("", eve, harness.Vars{"password": harness.AdaPassword}).Want(t, "PROOF_INVALID") // who invited may not any more
	p.Ask(t, admin.Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["user", "support"]) { id } }`, harness.Vars{"id": sue.UserID}).Must(t)
	accept("", eve, harness.Vars{"password": harness.AdaPassword}).Must(t)

	p.Ask(t, admin.Access, invite, to("sue@example.com", "admin")).Must(t)
	proof := p.mail(t, "sue@example.com").Proof()
	accept("", proof, harness.Vars{"password": harness.AdaPassword}).WantField(t, "CONFLICT", "email")
	accept(admin.Access, proof, harness.Vars{}).WantField(t, "CONFLICT", "email")
	r = accept(sue.Access, proof, harness.Vars{}).Must(t)
	if !slices.Equal(r.Texts("acceptInvitation.user.roles"), []string{"admin", "support", "user"}) {
		t.Errorf("%s", r.Body)
	}

	id := p.Ask(t, admin.Access, invite, to("zoe@example.com")).Must(t).Text("invite.id")
	proof = p.mail(t, "zoe@example.com").Proof()
	p.Ask(t, admin.Access, revokeInvitation, harness.Vars{"id": "x"}).WantField(t, "BAD_USER_INPUT", "id")
	p.Ask(t, admin.Access, revokeInvitation, harness.Vars{"id": id}).Must(t)
	p.Ask(t, admin.Access, revokeInvitation, harness.Vars{"id": id}).Want(t, "NOT_FOUND")
	accept("", proof, harness.Vars{"password": harness.AdaPassword}).Want(t, "PROOF_INVALID")
}

// TestSameAnswers: no answer tells whether an address has an account.
func TestSameAnswers(t *testing.T) {
	p := startPost(t, "LOGIN_METHODS=password,email", "REGISTRATION=by-email")
	for _, email := range []string{harness.AdaEmail, "disabled@example.com"} {
		p.Ask(t, "", requestRegistration, harness.Vars{"email": email}).Must(t)
		p.Ask(t, "", finishRegistration, harness.Vars{"input": harness.Vars{"proof": p.mail(t, email).Proof(), "password": harness.AdaPassword}}).Must(t)
	}
	p.exec(t, `UPDATE users SET disabled = true WHERE email = 'disabled@example.com'`)
	for _, operation := range []string{requestReset, requestRegistration, requestLogin} {
		answers := map[string]bool{}
		for _, email := range []string{harness.AdaEmail, "disabled@example.com", harness.AdminEmail, "missing@example.com"} {
			r := p.Ask(t, "", operation, harness.Vars{"email": email}).Must(t)
			if request := r.At("requestLogin.request"); request != nil { // random, and of one length
				r.Body = strings.Repeat("x", len(r.Body))
			}
			answers[r.Body] = true
		}
		if len(answers) != 1 {
			t.Errorf("%s: %v", operation, answers)
		}
	}
	links := map[string]int{}
	for _, m := range p.mails(t) {
		if m.Link() != "" {
			links[m.To[0]]++
		}
	}
	if links[harness.AdaEmail] != 2 || links[harness.AdminEmail] != 2 || links["missing@example.com"] != 1 || links["disabled@example.com"] != 0 {
		t.Errorf("links went to %v", links)
	}
}

// TestOff: without mail, what needs it is refused, and loginMethods says so.
func TestOff(t *testing.T) {
	s := harness.Start(t)
	s.Ask(t, "", requestReset, harness.Vars{"email": harness.AdaEmail}).WantReason(t, "FORBIDDEN", "not_offered")
	s.Ask(t, "", requestLogin, harness.Vars{"email": harness.AdaEmail}).WantReason(t, "FORBIDDEN", "not_offered")
	s.Ask(t, s.Admin(t).Access, invite, harness.Vars{"input": harness.Vars{"email": harness.AdaEmail}}).WantReason(t, "FORBIDDEN", "not_offered")
	const methods = `{ loginMethods { password email passwordReset registration minPasswordLength } }`
	if r := s.Ask(t, "", methods, nil).Must(t); !strings.Contains(r.Body, `{"password":true,"email":false,"passwordReset":false,"registration":"OPEN","minPasswordLength":12}`) {
		t.Errorf("%s", r.Body)
	}
	p := startPost(t, "LOGIN_METHODS=email", "REGISTRATION=by-email", "PASSWORD_MIN_LENGTH=15", "ADMIN_PASSWORD="+harness.AdminPassword)
	if r := p.Ask(t, "", methods, nil).Must(t); !strings.Contains(r.Body, `{"password":false,"email":true,"passwordReset":false,"registration":"BY_EMAIL","minPasswordLength":15}`) {
		t.Errorf("%s", r.Body)
	}
	p.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdminEmail, harness.AdminPassword)).WantReason(t, "FORBIDDEN", "not_offered")
}
