package conformance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// mailed are the settings of a service that offers what is done by mail. No server takes
// its mails: the tests make the links themselves.
func mailed() []string {
	return []string{"SMTP_URL=smtp://127.0.0.1:1?tls=none", "MAIL_FROM=no-reply@example.com", "LOGIN_METHODS=password,email,passkey"}
}

// prove adds the proofs that an experiment names to its values: of the account, or for a
// new address.
func (s *service) prove(t testing.TB, e *experiment, values map[string]string, a account) {
	t.Helper()
	names := func(word string) bool {
		return strings.Contains(e.text, word) || strings.Contains(fmt.Sprint(e.variables), word)
	}
	for _, purpose := range []proof.Purpose{proof.VerifyEmail, proof.ResetPassword, proof.Login} {
		if word := "@" + string(purpose) + "@"; names(word) {
			if purpose == proof.Login {
				s.verify(t, a) // or it would lose its API keys
			}
			values[word], _ = s.link(t, proof.Request{Purpose: purpose, Key: a.email, Address: a.email})
		}
	}
	if names("@undo_email@") {
		values["@undo_email@"] = s.undo(t, a)
	}
	if names("@registration@") {
		address := s.email()
		values["@registration@"], _ = s.link(t, proof.Request{
			Purpose: proof.Registration, Key: address, Address: address, Data: map[string]any{"email": address},
		})
	}
	if names("@invitation@") || names("@INVITATION@") {
		values["@invitation@"], values["@INVITATION@"] = s.invite(t)
	}
}

// invite makes an invitation to a new address, and returns its link and id.
func (s *service) invite(t testing.TB) (text, id string) {
	t.Helper()
	address := s.email()
	return s.link(t, proof.Request{
		Purpose: proof.Invitation, Key: address, Address: address, Data: map[string]any{"email": address, "roles": []string{auth.RoleUser}},
	})
}

// verify notes that the account's address is its owner's.
func (s *service) verify(t testing.TB, a account) *auth.User {
	t.Helper()
	u, err := s.Store().ChangeUser(t.Context(), a.id, func(u *auth.User) error {
		u.EmailVerified = true
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return u
}

func (s *service) proofs() *proof.Proofs {
	return &proof.Proofs{Secrets: s.Server().Deployment().Secrets, Store: s.Store(), Now: time.Now}
}

// link makes the link of a request, and returns it with the proof's id.
func (s *service) link(t testing.TB, r proof.Request) (text, id string) {
	t.Helper()
	ask := s.proofs().New(r)
	open, err := s.Store().Ask(t.Context(), ask)
	if err != nil {
		t.Error(err)
		return "", ""
	}
	return s.opened(t, ask.MailID), open.ID
}

// opened returns the link of a mail.
func (s *service) opened(t testing.TB, mailID string) string {
	t.Helper()
	o, err := s.Store().OpenProof(t.Context(), mailID, time.Now(), proof.NewSeed())
	if err != nil {
		t.Error(err)
		return ""
	}
	text, _, err := s.proofs().Text(o.Purpose, o.ID, o.Seed)
	if err != nil {
		t.Error(err)
	}
	return text
}

// undo changes the account's address, and returns the link that takes that back.
func (s *service) undo(t testing.TB, a account) string {
	t.Helper()
	u, address, p := s.verify(t, a), s.email(), s.proofs()
	ask := p.New(proof.Request{
		Purpose: proof.ChangeEmail, Key: address, Address: address, UserID: a.id, Data: map[string]any{"email": address, "old_key": a.email},
	})
	if err := s.Store().AskChange(t.Context(), ask, u); err != nil {
		t.Error(err)
		return ""
	}
	c, err := p.Link(s.opened(t, ask.MailID), proof.ChangeEmail)
	if err != nil {
		t.Error(err)
		return ""
	}
	undo := p.New(proof.Request{Purpose: proof.UndoEmail})
	if _, err := s.Store().ChangeByProof(t.Context(), c, undo); err != nil {
		t.Error(err)
		return ""
	}
	text, _, err := p.Text(proof.UndoEmail, undo.ID, undo.Seed)
	if err != nil {
		t.Error(err)
	}
	return text
}
