package token

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const testProof = "0199f0a2-0000-7000-8000-000000000009"

// The purposes of these tests.
const (
	verifies = 1
	resets   = 2
)

func link(t testing.TB, s Secrets, purpose byte, seed []byte) string {
	t.Helper()
	text, err := s.IssueLink(purpose, testProof, seed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestLinkRoundTrip(t *testing.T) {
	s := testSecrets(t)
	text := link(t, s, resets, testSeed)
	l, err := s.ParseLink(resets, text)
	if err != nil {
		t.Fatal(err)
	}
	if l.ID != testProof || !bytes.Equal(Proof(l.ProofKey(), testSeed), l.Proof()) {
		t.Errorf("read %+v, whose proof is not that of the seed", l)
	}
	if text != link(t, s, resets, testSeed) {
		t.Error("sending the link again changes it")
	}
	other, err := s.ParseLink(resets, link(t, s, resets, []byte("another seed....")))
	if err != nil || bytes.Equal(Proof(other.ProofKey(), testSeed), other.Proof()) {
		t.Errorf("%v: the proof of another seed is genuine", err)
	}
	if shown := fmt.Sprintf("%+v %#v", l, l); strings.Contains(shown, fmt.Sprintf("%x", l.Proof())) {
		t.Errorf("printed as %s", shown)
	}
}

// TestLinkFormat pins the bytes, so that links work after an upgrade.
func TestLinkFormat(t *testing.T) {
	s := testSecrets(t)
	handle, err := s.IssueHandle(resets, testProof)
	if err != nil {
		t.Fatal(err)
	}
	digits, err := s.Code(resets, testProof, testSeed)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{link(t, s, resets, testSeed), handle, digits}
	want := []string{
		"BcMHGxgCAZnwogAAcACAAAAAAAAACdnz1Cl8Py4e38HBnlfXlmEL9RtMmtIzH_AKc1uibSM9", "BcMHGxgCAZnwogAAcACAAAAAAAAACdnz1Cl8Py4e38HBnlfXlmE", "22535228",
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s, want %s", got[i], want[i])
		}
	}
}

func TestLinkRefused(t *testing.T) {
	s := testSecrets(t)
	good := link(t, s, resets, testSeed)
	handle, err := s.IssueHandle(resets, testProof)
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(good)
	changed[40] ^= 1
	for name, text := range map[string]string{
		"empty": "", "another text": strings.Repeat("A", len(good)), "changed": string(changed), "shorter": good[1:], "padded": good + "=",
		"a line break": good[:20] + "\n" + good[21:], "another purpose": link(t, s, verifies, testSeed), "another secret": link(t, otherSecrets(t), resets, testSeed),
		"a handle": handle, "a refresh token": issue(t, s, 7),
	} {
		if _, err := s.ParseLink(resets, text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.ParseLink(resets, good); err != nil {
		t.Errorf("the link itself: %v", err)
	}
	for name, text := range map[string]string{"empty": "", "a link": good, "changed": handle[:30] + "AAAA" + handle[34:]} {
		if _, err := s.ParseHandle(resets, text); !errors.Is(err, ErrInvalid) {
			t.Errorf("handle, %s: %v", name, err)
		}
	}
	if _, err := s.ParseHandle(verifies, handle); !errors.Is(err, ErrInvalid) {
		t.Errorf("the handle of another purpose: %v", err)
	}
	if id, err := s.ParseHandle(resets, handle); id != testProof || err != nil {
		t.Errorf("the handle itself: %s, %v", id, err)
	}
}

func TestLinkNeedsSecretAndSeed(t *testing.T) {
	s := testSecrets(t)
	for name, err := range map[string]error{
		"no secret": second(Secrets{}.IssueLink(resets, testProof, testSeed)), "a short seed": second(s.IssueLink(resets, testProof, testSeed[1:])),
		"a bad id": second(s.IssueLink(resets, strings.ToUpper(testProof), testSeed)), "no secret for a handle": second(Secrets{}.IssueHandle(resets, testProof)),
		"no secret for a code": second(Secrets{}.Code(resets, testProof, testSeed)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second(_ string, err error) error { return err }

func TestCode(t *testing.T) {
	s := testSecrets(t)
	digits, err := s.Code(resets, testProof, testSeed)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.MatchCode(resets, testProof, testSeed, digits)
	if err != nil || l.ID != testProof || !bytes.Equal(Proof(l.ProofKey(), testSeed), l.Proof()) {
		t.Errorf("%+v, %v: the code is not as good as the link", l, err)
	}
	later := Secrets{Current: otherSecrets(t).Current, Previous: &s.Current}
	if _, err := later.MatchCode(resets, testProof, testSeed, digits); err != nil {
		t.Errorf("after a change of the secret: %v", err)
	}
	for name, got := range map[string]error{
		"a wrong code":    match(s, resets, testSeed, "00000000"),
		"empty":           match(s, resets, testSeed, ""),
		"another purpose": match(s, verifies, testSeed, digits),
		"another seed":    match(s, resets, []byte("another seed...."), digits),
		"another secret":  match(otherSecrets(t), resets, testSeed, digits),
	} {
		if !errors.Is(got, ErrInvalid) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func match(s Secrets, purpose byte, seed []byte, digits string) error {
	_, err := s.MatchCode(purpose, testProof, seed, digits)
	return err
}

// TestLinkAfterChangeOfSecret: links of before work, and those of after are signed anew.
func TestLinkAfterChangeOfSecret(t *testing.T) {
	s := testSecrets(t)
	before := link(t, s, resets, testSeed)
	later := Secrets{Current: otherSecrets(t).Current, Previous: &s.Current}
	if _, err := later.ParseLink(resets, before); err != nil {
		t.Errorf("a link of before: %v", err)
	}
	if after := link(t, later, resets, testSeed); after == before {
		t.Error("the link is still made with the previous secret")
	}
}
