package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// An entrance is a way to log in. It returns what is refused: a code, or a part of a page; "" if it lets
// the person in.
type entrance func(t *testing.T, g *guarded) (refused string)

// entrances are all ways in which Ada logs in, with one factor.
func entrances(app harness.Application) map[string]entrance {
	mailed := func(t *testing.T, g *guarded) (request, code, proof string) {
		t.Helper()
		g.past(t)
		g.exec(t, `DELETE FROM mails`)
		r := g.Ask(t, "", requestLogin, harness.Vars{"email": harness.AdaEmail}).Must(t)
		m := g.mail(t, harness.AdaEmail)
		return r.Text("requestLogin.request"), m.Code(), m.Proof()
	}
	byEmail := func(t *testing.T, g *guarded, input harness.Vars) string {
		t.Helper()
		return g.Ask(t, "", loginByEmail, harness.Vars{"input": input}).Code()
	}
	return map[string]entrance{
		"the password": func(t *testing.T, g *guarded) string {
			t.Helper()
			return g.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Code()
		},
		"the link of a mail": func(t *testing.T, g *guarded) string {
			t.Helper()
			_, _, proof := mailed(t, g)
			return byEmail(t, g, harness.Vars{"proof": proof})
		},
		"the code of a mail": func(t *testing.T, g *guarded) string {
			t.Helper()
			request, code, _ := mailed(t, g)
			return byEmail(t, g, harness.Vars{"request": request, "code": code})
		},
		"the password after a reset": func(t *testing.T, g *guarded) string {
			t.Helper()
			g.exec(t, `DELETE FROM mails`)
			g.Ask(t, "", requestReset, harness.Vars{"email": harness.AdaEmail}).Must(t)
			mails := g.mails(t)
			if len(mails) == 0 {
				return "no mail"
			}
			g.Ask(t, "", resetPassword, newPassword(mails[0].Proof(), harness.AdaPassword)).Must(t)
			g.mails(t) // of the change
			return g.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Code()
		},
		"the sign-in page": func(t *testing.T, g *guarded) string {
			t.Helper()
			browser := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)
			to, text := browser.Visit(t, app.AuthorizeURL(g.URL, "openid"), harness.Callback)
			if to.Query().Get("code") != "" {
				return ""
			}
			if strings.Contains(text, "Second factor") && browser.Cookie(t, g.URL, "gatehouse-signin") == "" {
				return "CHALLENGE_REQUIRED"
			}
			return text
		},
		"the password grant": func(t *testing.T, g *guarded) string {
			t.Helper()
			return grantRefused(passwordGrant(t, g.postal, harness.Application{}, harness.AdaPassword))
		},
		"the password grant of a client": func(t *testing.T, g *guarded) string {
			t.Helper()
			return grantRefused(passwordGrant(t, g.postal, app, harness.AdaPassword))
		},
	}
}

// grantRefused returns a code for the answer of a password grant.
func grantRefused(body string) string {
	if strings.Contains(body, "logs in with a second factor") {
		return "CHALLENGE_REQUIRED"
	}
	return body
}

// startDoors starts a service whose doors are all open, with an application.
func startDoors(t *testing.T, environ ...string) (*guarded, harness.Application) {
	t.Helper()
	g := startGuarded(t, append([]string{"OAUTH=on", "OAUTH_PASSWORD_GRANT=on", "LOGIN_METHODS=password,email", "RATE_LIMITS=off"}, environ...)...)
	return g, g.Application(t, harness.Vars{"grants": []string{"AUTHORIZATION_CODE", "REFRESH_TOKEN", "PASSWORD"}})
}

// TestEveryDoorAsks: no door lets an account in that has a second factor, whatever else it has, and
// each lets in one that has none.
func TestEveryDoorAsks(t *testing.T) {
	g, app := startDoors(t)
	all := entrances(app)
	check := func(state, want string) {
		t.Helper()
		for name, open := range all {
			if refused := open(t, g); refused != want {
				t.Errorf("%s, by %s: %q, want %q", state, name, refused, want)
			}
		}
	}
	opened := func() (n int) {
		g.query(t, &n, `SELECT count(*) FROM sessions WHERE user_id = '`+g.ada.UserID+`'`)
		return n
	}
	before := opened()
	check("an app", "CHALLENGE_REQUIRED")
	g.Ask(t, g.Refresh(t, g.login(t).Refresh).Access, harness.RecoveryCodesOperation, nil).Must(t)
	g.mails(t)
	check("an app and recovery codes", "CHALLENGE_REQUIRED")
	if n := opened(); n != before+1 { // that in which the codes were made
		t.Errorf("%d sessions were opened", n-before)
	}
	s := g.login(t)
	g.Ask(t, s.Access, harness.DeleteTOTPOperation, nil).Must(t)
	g.mails(t)
	check("no second factor", "")
	if n := opened(); n < before+len(all)-1 {
		t.Errorf("%d sessions were opened", n-before)
	}
}

// login logs Ada in with both factors.
func (g *guarded) login(t *testing.T) harness.Session {
	t.Helper()
	return g.answer(t, g.challenged(t)).Must(t).Session("answerChallenge")
}

// TestDisabledAtDoors: no door asks a disabled account for anything.
func TestDisabledAtDoors(t *testing.T) {
	g := startGuarded(t)
	g.Ask(t, g.Admin(t).Access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": g.ada.UserID}).Must(t)
	g.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Want(t, "INVALID_CREDENTIALS")
	g.Ask(t, g.Admin(t).Access, `mutation($id: ID!) { enableUser(id: $id) { id } }`, harness.Vars{"id": g.ada.UserID}).Must(t)
	g.login(t)
}

// TestMailUsedUp: the link of a mail is used up when the challenge is made, and the limit that was
// asked for is that of the session.
func TestMailUsedUp(t *testing.T) {
	g := startGuarded(t, "LOGIN_METHODS=password,email")
	g.Ask(t, "", requestLogin, harness.Vars{"email": harness.AdaEmail}).Must(t)
	proof := g.mail(t, harness.AdaEmail).Proof()
	input := harness.Vars{"input": harness.Vars{"proof": proof, "scopes": []string{}}}
	token := g.Ask(t, "", loginByEmail, input).Challenge(t)
	g.Ask(t, "", loginByEmail, input).Want(t, "PROOF_INVALID")
	s := g.answer(t, token).Must(t).Session("answerChallenge")
	viewer := g.Ask(t, s.Access, `{ viewer { roles scopes factors amr } }`, nil).Must(t)
	if !strings.Contains(viewer.Body, `"roles":[],"scopes":[],"factors":2,"amr":["otp","mfa"]`) {
		t.Errorf("%s", viewer.Body)
	}
}

// TestMailTakesOver: one who proves an address for the first time is not asked for the factor that
// another person set up on it.
func TestMailTakesOver(t *testing.T) {
	g := startGuarded(t, "LOGIN_METHODS=password,email")
	g.exec(t, `UPDATE users SET email_verified = false`)
	g.Ask(t, "", requestLogin, harness.Vars{"email": harness.AdaEmail}).Must(t)
	s := g.Ask(t, "", loginByEmail, proofOf(g.mail(t, harness.AdaEmail).Proof())).Must(t).Session("loginByEmail")
	me := g.Ask(t, s.Access, `{ me { totp recoveryCodesLeft } }`, nil).Must(t)
	if me.At("me.totp") != false || me.At("me.recoveryCodesLeft") != 0.0 {
		t.Errorf("%s", me.Body)
	}
}

// TestSignInPageAsks: the sign-in page asks for a code after the password, says if it is wrong, and
// tells the application of both factors.
func TestSignInPageAsks(t *testing.T) {
	g, app := startDoors(t)
	address := app.AuthorizeURL(g.URL, "openid offline_access")
	browser := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)
	browser.TOTP = func() string { return g.app.Code(t, 5) }
	if to, text := browser.Visit(t, address, harness.Callback); !strings.HasSuffix(to.Path, "/oauth/challenge") || !strings.Contains(text, "The code is wrong") {
		t.Errorf("a wrong code leads to %s: %s", to, text)
	}
	if strings.Contains(strings.Join(pathsOf(g), " "), "challenge=") {
		t.Error("a challenge is in a URL")
	}
	browser.TOTP = func() string {
		g.forget(t)
		return g.app.Code(t, 0)
	}
	code := browser.Code(t, address, harness.Callback)
	r, err := g.Redeem(t.Context(), app, code)
	claims := claimsOf(t, r.Must(t, err).IDToken)
	if acr, amr := claims["acr"], claims["amr"]; acr != "aal2" || !slices.Equal(texts(amr), []string{"pwd", "otp", "mfa"}) {
		t.Errorf("acr %v, amr %v", acr, amr)
	}
	refreshed, err := g.Token(t.Context(), app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {r.Refresh}})
	if claims := claimsOf(t, refreshed.Must(t, err).Access); claims["acr"] != "aal2" {
		t.Errorf("a refreshed token has %v", claims)
	}
}

// pathsOf returns the lines of the log that have a path.
func pathsOf(g *guarded) (lines []string) {
	for line := range strings.SplitSeq(g.Log.String(), "\n") {
		if strings.Contains(line, "/oauth/") {
			lines = append(lines, line)
		}
	}
	return lines
}

func texts(list any) (all []string) {
	items, _ := list.([]any)
	for _, item := range items {
		text, _ := item.(string)
		all = append(all, text)
	}
	return all
}

// claimsOf returns the claims of a token, which is not verified.
func claimsOf(t *testing.T, text string) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %q", text)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

var hiddenChallenge = regexp.MustCompile(`name="challenge" value="([^"]+)"`)

// TestChallengesOfOtherDoors: a challenge is answered at the door that it was made at.
func TestChallengesOfOtherDoors(t *testing.T) {
	g, app := startDoors(t)
	browser := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)
	browser.TOTP = func() string { return g.app.Code(t, 5) }
	_, text := browser.Visit(t, app.AuthorizeURL(g.URL, "openid"), harness.Callback) // asked again after a wrong code
	found := hiddenChallenge.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no challenge: %s", text)
	}
	g.answer(t, found[1]).Want(t, "PROOF_INVALID")
	own := g.challenged(t)
	if at := g.post(t, browser, text, own); !strings.Contains(at, "Log in again") {
		t.Errorf("the challenge of the API at the sign-in page: %s", at)
	}
	g.answer(t, own).Must(t)
}

// post sends a right code for a challenge in place of that on a page, and returns the page that
// answers it.
func (g *guarded) post(t *testing.T, b *harness.Browser, page, challenge string) string {
	t.Helper()
	g.forget(t)
	request := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(page)[1]
	return b.Submit(t, g.URL+"/oauth/challenge", url.Values{"challenge": {challenge}, "totp": {g.app.Code(t, 0)}, "request": {request}})
}
