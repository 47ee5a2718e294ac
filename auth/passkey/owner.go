package passkey

import (
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
)

// An owner is an account as the library wants it. Its handle, which devices keep, is the 16
// bytes of its id: nothing that says who it is (WebAuthn, 14.6.1).
type owner struct {
	handle      []byte
	name, shown string
	credentials []webauthn.Credential
}

func newOwner(userID string, keys []*Passkey) (*owner, error) {
	id, err := uuid.Parse(userID)
	if err != nil {
		return nil, fmt.Errorf("user %q: %w", userID, err)
	}
	o := &owner{handle: id[:]}
	for _, p := range keys {
		o.credentials = append(o.credentials, p.credential())
	}
	return o, nil
}

// userOf returns the account that a handle stands for; "" for none.
func userOf(handle []byte) string {
	id, err := uuid.FromBytes(handle)
	if err != nil {
		return ""
	}
	return id.String()
}

// WebAuthnID implements webauthn.User.
func (o *owner) WebAuthnID() []byte { return o.handle }

// WebAuthnName implements webauthn.User.
func (o *owner) WebAuthnName() string { return o.name }

// WebAuthnDisplayName implements webauthn.User.
func (o *owner) WebAuthnDisplayName() string { return o.shown }

// WebAuthnCredentials implements webauthn.User.
func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

// credential returns the passkey as the library wants it.
func (p *Passkey) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: p.CredentialID, PublicKey: p.PublicKey,
		Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: p.BackupEligible, BackupState: p.BackedUp},
		Authenticator: webauthn.Authenticator{AAGUID: p.AAGUID, SignCount: p.SignCount},
	}
	for _, t := range p.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func descriptors(keys []*Passkey) (list []protocol.CredentialDescriptor) {
	for _, p := range keys {
		c := p.credential()
		list = append(list, c.Descriptor())
	}
	return list
}
