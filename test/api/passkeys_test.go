package api_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"gatehouse/test/harness"
	"gatehouse/test/passkeytest"
)

// page is the origin of the pages of services under test.
const page = "http://localhost:8080"

const (
	renamePasskey = `mutation($id: ID!, $name: String!) { renamePasskey(id: $id, name: $name) { id name } }`
	deletePasskey = `mutation($id: ID!) { deletePasskey(id: $id) { id rpId userHandle acceptedCredentials } }`
	passkeysOf    = `query($id: ID!) { user(id: $id) { passkeys { id name createdAt lastUsedAt backedUp suspended } } }`
)

func login(s *harness.Service, t *testing.T, input harness.Vars) harness.Reply {
	t.Helper()
	return s.Ask(t, "", harness.PasskeyLoginOperation, harness.Vars{"input": input})
}

// with returns the answer with another value.
func with(input harness.Vars, name string, value any) harness.Vars {
	changed := harness.Vars{}
	for n, v := range input {
		changed[n] = v
	}
	changed[name] = value
	return changed
}

func TestPasskeys(t *testing.T) {
	s := harness.Start(t, "LOGIN_METHODS=password,passkey")
	ada, bob, d := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Register(t, "bob@example.com", harness.AdaPassword), passkeytest.New(page)
	s.Ask(t, "", harness.BeginPasskeyOperation, nil).Want(t, "UNAUTHENTICATED")
	id := s.AddPasskey(t, ada.Access, d)
	ada = s.Refresh(t, ada.Refresh) // as a session with a second factor
	got := s.LoginWithPasskey(t, d)
	if got.UserID != ada.UserID {
		t.Errorf("%s is logged in", got.UserID)
	}
	s.Refresh(t, got.Refresh)
	amr := s.Ask(t, got.Access, `{ me { sessions { current amr } } }`, nil).Must(t)
	if !strings.Contains(amr.Body, `"current":true,"amr":["hwk","user","mfa"]`) {
		t.Errorf("%s", amr.Body)
	}
	list := s.Ask(t, ada.Access, passkeysOf, harness.Vars{"id": ada.UserID}).Must(t)
	if !strings.Contains(list.Body, `"id":"`+id+`","name":"Phone"`) || strings.Contains(list.Body, `"lastUsedAt":null`) ||
		!strings.Contains(list.Body, `"backedUp":false,"suspended":false`) {
		t.Errorf("%s", list.Body)
	}
	s.Ask(t, s.Admin(t).Access, passkeysOf, harness.Vars{"id": ada.UserID}).Must(t)
	s.Ask(t, bob.Access, `query($id: ID!) { user(id: $id) { id passkeys { id } } }`, harness.Vars{"id": ada.UserID}).Want(t, "FORBIDDEN")

	s.Ask(t, bob.Access, renamePasskey, harness.Vars{"id": id, "name": "Bob's"}).Want(t, "NOT_FOUND")
	s.Ask(t, ada.Access, renamePasskey, harness.Vars{"id": "x", "name": "Tablet"}).WantField(t, "BAD_USER_INPUT", "id")
	s.Ask(t, ada.Access, renamePasskey, harness.Vars{"id": id, "name": " "}).WantField(t, "BAD_USER_INPUT", "name")
	if r := s.Ask(t, ada.Access, renamePasskey, harness.Vars{"id": id, "name": "Tablet"}).Must(t); r.Text("renamePasskey.name") != "Tablet" {
		t.Errorf("%s", r.Body)
	}

	other := passkeytest.New(page)
	second := s.AddPasskey(t, ada.Access, other)
	bobs := passkeytest.New(page)
	s.AddPasskey(t, bob.Access, bobs)
	s.Ask(t, s.LoginWithPasskey(t, bobs).Access, deletePasskey, harness.Vars{"id": id}).Want(t, "NOT_FOUND")
	answer := s.AnswerPasskey(t, d)
	r := s.Ask(t, ada.Access, deletePasskey, harness.Vars{"id": id}).Must(t)
	handle := uuid.MustParse(ada.UserID)
	if r.Text("deletePasskey.id") != id || r.Text("deletePasskey.rpId") != "localhost" ||
		r.Text("deletePasskey.userHandle") != base64.RawURLEncoding.EncodeToString(handle[:]) ||
		!slices.Equal(r.Texts("deletePasskey.acceptedCredentials"), []string{base64.RawURLEncoding.EncodeToString(other.Keys[0].ID)}) {
		t.Errorf("%s", r.Body)
	}
	login(s, t, answer).Want(t, "INVALID_CREDENTIALS")
	s.LoginWithPasskey(t, other)
	if r := s.Ask(t, ada.Access, deletePasskey, harness.Vars{"id": second}).Must(t); len(r.Texts("deletePasskey.acceptedCredentials")) != 0 {
		t.Errorf("%s", r.Body)
	}
}

func TestLoginWithPasskeyRefuses(t *testing.T) {
	s := harness.Start(t, "LOGIN_METHODS=password,passkey")
	ada, d := s.Register(t, harness.AdaEmail, harness.AdaPassword), passkeytest.New(page)
	s.AddPasskey(t, ada.Access, d)
	nobody := uuid.New()
	for name, wrong := range map[string]func(*passkeytest.Device){
		"signature":  func(d *passkeytest.Device) { d.BadSignature = true },
		"unverified": func(d *passkeytest.Device) { d.Unverified = true },
		"origin":     func(d *passkeytest.Device) { d.Origin = "http://localhost:8081" },
		"nobody":     func(d *passkeytest.Device) { d.Handle = nobody[:] },
		"no uuid":    func(d *passkeytest.Device) { d.Handle = []byte("ada") },
	} {
		t.Run(name, func(t *testing.T) {
			bad := d.Copy()
			wrong(bad)
			r := login(s, t, s.AnswerPasskey(t, bad))
			r.Want(t, "INVALID_CREDENTIALS")
			if len(r.Errors) == 1 && r.Errors[0].Message != "This passkey is not accepted." {
				t.Errorf("message = %q", r.Errors[0].Message)
			}
		})
	}
	answer := s.AnswerPasskey(t, d)
	login(s, t, with(answer, "scopes", []string{"read:users"})).WantField(t, "BAD_USER_INPUT", "input.scopes")
	login(s, t, answer).Want(t, "PROOF_INVALID") // it was answered
	answer = s.AnswerPasskey(t, d)
	for _, garbage := range []any{
		harness.Vars{}, harness.Vars{"id": "AA", "type": "public-key"}, harness.Vars{"x": strings.Repeat("x", 30<<10)},
		harness.Vars{"id": 1, "response": []any{nil}},
	} {
		login(s, t, with(answer, "credential", garbage)).WantField(t, "BAD_USER_INPUT", "input.credential")
	}
	login(s, t, with(answer, "credential", harness.Vars{"x": strings.Repeat("x", 100<<10)})).Want(t, "BAD_USER_INPUT")
	login(s, t, with(answer, "ceremony", "x")).Want(t, "PROOF_INVALID")
	begun := s.Ask(t, s.Refresh(t, ada.Refresh).Access, harness.BeginPasskeyOperation, nil).Must(t)
	login(s, t, with(answer, "ceremony", begun.Text("beginPasskey.ceremony"))).Want(t, "PROOF_INVALID")
	login(s, t, answer).Must(t)

	admin := s.Admin(t)
	answer = s.AnswerPasskey(t, d)
	s.Ask(t, admin.Access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": ada.UserID}).Must(t)
	login(s, t, answer).Want(t, "INVALID_CREDENTIALS")
	s.Ask(t, admin.Access, `mutation($id: ID!) { enableUser(id: $id) { id } }`, harness.Vars{"id": ada.UserID}).Must(t)
	s.LoginWithPasskey(t, d)
	answer = s.AnswerPasskey(t, d)
	s.Ask(t, admin.Access, `mutation($id: ID!) { deleteUser(id: $id) }`, harness.Vars{"id": ada.UserID}).Must(t)
	login(s, t, answer).Want(t, "INVALID_CREDENTIALS")
}

// TestCopyOfPasskey: after a copy was used, neither logs in, and the owner is told.
func TestCopyOfPasskey(t *testing.T) {
	p := startPost(t, "LOGIN_METHODS=password,passkey")
	ada, d := p.Register(t, harness.AdaEmail, harness.AdaPassword), passkeytest.New(page)
	p.AddPasskey(t, ada.Access, d)
	if m := p.mail(t, harness.AdaEmail); !strings.Contains(m.Text, "“Phone”") {
		t.Errorf("%s", m.Text)
	}
	thief := d.Copy()
	p.LoginWithPasskey(t, d)
	p.LoginWithPasskey(t, d)
	login(p.Service, t, p.AnswerPasskey(t, thief)).Want(t, "INVALID_CREDENTIALS")
	login(p.Service, t, p.AnswerPasskey(t, d)).Want(t, "INVALID_CREDENTIALS")
	if m := p.mail(t, harness.AdaEmail); !strings.Contains(m.Text, "copy") {
		t.Errorf("%s", m.Text)
	}
	if r := p.Ask(t, ada.Access, passkeysOf, harness.Vars{"id": ada.UserID}).Must(t); !strings.Contains(r.Body, `"suspended":true`) {
		t.Errorf("%s", r.Body)
	}
}

// TestSuspendedPasskeyIsStillAFactor: a copy is no way around a second factor. A recovery code
// is, once, and lets the owner remove the passkey.
func TestSuspendedPasskeyIsStillAFactor(t *testing.T) {
	const answer = `mutation($input: ChallengeAnswer!) { answerChallenge(input: $input) { accessToken refreshToken user { id } } }`
	s := harness.Start(t, "LOGIN_METHODS=password,passkey")
	ada, d := s.Register(t, harness.AdaEmail, harness.AdaPassword), passkeytest.New(page)
	id := s.AddPasskey(t, ada.Access, d)
	thief := d.Copy()
	codes := s.Ask(t, s.LoginWithPasskey(t, d).Access, `mutation { createRecoveryCodes }`, nil).Must(t).Texts("createRecoveryCodes")
	ask := func() harness.Reply {
		return s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword))
	}
	if r := ask(); r.Code() != "CHALLENGE_REQUIRED" || !strings.Contains(r.Body, `"methods":["PASSKEY","RECOVERY_CODE"]`) {
		t.Errorf("%s", r.Body)
	}
	login(s, t, s.AnswerPasskey(t, thief)).Want(t, "INVALID_CREDENTIALS")
	r := ask()
	if r.Code() != "CHALLENGE_REQUIRED" || !strings.Contains(r.Body, `"methods":["RECOVERY_CODE"]`) {
		t.Fatalf("%s", r.Body)
	}
	challenge, _ := r.Errors[0].Extensions["challenge"].(string)
	back := s.Ask(t, "", answer, harness.Vars{"input": harness.Vars{"token": challenge, "recoveryCode": codes[0]}}).Must(t).Session("answerChallenge")
	s.Ask(t, back.Access, deletePasskey, harness.Vars{"id": id}).Must(t)
	ask().Must(t)
}

// TestLastWayToLogIn: an account without a password keeps its passkey.
func TestLastWayToLogIn(t *testing.T) {
	p := startPost(t, "LOGIN_METHODS=password,passkey")
	s := harness.StartOn(t, p.Server().Deployment().DSN(), "LOGIN_METHODS=password,passkey") // which sends no mail
	ada, d := s.Register(t, harness.AdaEmail, harness.AdaPassword), passkeytest.New(page)
	id := s.AddPasskey(t, ada.Access, d)
	p.exec(t, `UPDATE users SET has_password = false`)
	s.Ask(t, ada.Access, deletePasskey, harness.Vars{"id": id}).WantReason(t, "STEP_UP_REQUIRED", "one_factor")
	ada = s.LoginWithPasskey(t, d)
	s.Ask(t, ada.Access, deletePasskey, harness.Vars{"id": id}).Want(t, "CONFLICT")
	second := s.AddPasskey(t, ada.Access, passkeytest.New(page))
	s.Ask(t, ada.Access, deletePasskey, harness.Vars{"id": id}).Must(t)
	s.Ask(t, ada.Access, deletePasskey, harness.Vars{"id": second}).Want(t, "CONFLICT")
	p.exec(t, `UPDATE users SET has_password = true`)
	s.Ask(t, ada.Access, deletePasskey, harness.Vars{"id": second}).Must(t)
}

// TestPasskeysAreOff: as long as the setting does not say so, no one logs in with one.
func TestPasskeysAreOff(t *testing.T) {
	const methods = `{ loginMethods { passkey passkeyRpId } }`
	off := harness.Start(t)
	if r := off.Ask(t, "", methods, nil).Must(t); !strings.Contains(r.Body, `{"passkey":false,"passkeyRpId":"localhost"}`) {
		t.Errorf("%s", r.Body)
	}
	off.Ask(t, "", harness.BeginPasskeyLoginOperation, nil).WantReason(t, "FORBIDDEN", "not_offered")
	off.AddPasskey(t, off.Register(t, harness.AdaEmail, harness.AdaPassword).Access, passkeytest.New(page)) // a second factor
	on := harness.Start(t, "LOGIN_METHODS=password,passkey")
	if r := on.Ask(t, "", methods, nil).Must(t); !strings.Contains(r.Body, `{"passkey":true,"passkeyRpId":"localhost"}`) {
		t.Errorf("%s", r.Body)
	}
	on.Ask(t, "", harness.BeginPasskeyLoginOperation, nil).Must(t)
	ip := harness.Start(t, "LOGIN_METHODS=password,passkey", "PUBLIC_URL=http://127.0.0.1:8080")
	if r := ip.Ask(t, "", methods, nil).Must(t); !strings.Contains(r.Body, `{"passkey":false,"passkeyRpId":null}`) {
		t.Errorf("%s", r.Body)
	}
	ip.Ask(t, "", harness.BeginPasskeyLoginOperation, nil).WantReason(t, "FORBIDDEN", "not_offered")
	ip.Ask(t, ip.Register(t, harness.AdaEmail, harness.AdaPassword).Access, harness.BeginPasskeyOperation, nil).WantReason(t, "FORBIDDEN", "not_offered")
	if !strings.Contains(ip.Log.String(), "browsers make no passkeys for http://127.0.0.1:8080") {
		t.Error("no warning says why")
	}
	if ip.Status(t, "/.well-known/webauthn") != http.StatusNotFound || on.Status(t, "/.well-known/webauthn") != http.StatusOK {
		t.Error("the document of origins")
	}
}

// TestPasskeyDocuments reads what browsers and password managers read.
func TestPasskeyDocuments(t *testing.T) {
	s := harness.Start(t, "PASSKEY_ORIGINS=https://app.example.com https://app.example.com")
	for path, want := range map[string]string{
		"/.well-known/webauthn":          `{"origins":["http://localhost:8080","https://app.example.com"]}`,
		"/.well-known/passkey-endpoints": `{"enroll":"http://localhost:8080/account#security","manage":"http://localhost:8080/account#security"}`,
	} {
		response, text := harness.AskRaw(t, strings.TrimPrefix(s.URL, "http://"), "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if text != want || response.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s, %v", path, text, response.Header)
		}
	}
	response, _ := harness.AskRaw(t, strings.TrimPrefix(s.URL, "http://"), "GET /account HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	for _, feature := range []string{"publickey-credentials-get=(self)", "publickey-credentials-create=(self)"} {
		if !strings.Contains(response.Header.Get("Permissions-Policy"), feature) {
			t.Errorf("%v lacks %s", response.Header, feature)
		}
	}
}

// TestReauthenticationIsTheCallers asks the caller for one of their own passkeys.
func TestReauthenticationIsTheCallers(t *testing.T) {
	const begin = `mutation { beginReauthentication { ceremony options } }`
	s := harness.Start(t)
	ada, d := s.Register(t, harness.AdaEmail, harness.AdaPassword), passkeytest.New(page)
	s.Ask(t, "", begin, nil).Want(t, "UNAUTHENTICATED")
	s.Ask(t, ada.Access, begin, nil).Want(t, "CONFLICT")
	s.AddPasskey(t, ada.Access, d)
	if r := s.Ask(t, ada.Access, begin, nil).Must(t); !strings.Contains(r.Body, base64.RawURLEncoding.EncodeToString(d.Keys[0].ID)) {
		t.Errorf("%s", r.Body)
	}
}
