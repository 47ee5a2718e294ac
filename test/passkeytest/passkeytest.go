// Package passkeytest has a device that makes passkeys and signs with them, as browsers hand it
// on. It can do wrong what devices and attackers do wrong.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// A Device holds passkeys. Its fields say how it answers next.
type Device struct {
	Origin string // of the page that asks
	Keys   []*Key

	Unverified   bool           // it does not know who holds it
	Eligible     bool           // it shares its private keys, or may
	BackedUp     bool           // it has shared them
	Uncounted    bool           // it does not count its signatures
	BadSignature bool           // it signs something else
	Handle       []byte         // the account it names, instead of the key's
	Challenge    string         // that it answers, instead of the one asked
	Extensions   map[string]any // what it answers to those, asked or not
	CrossOrigin  bool           // the page is in a frame of another site
}

// A Key is a passkey.
type Key struct {
	ID     []byte
	RPID   string
	Handle []byte
	Count  uint32

	private *ecdsa.PrivateKey
}

// New returns a device whose pages are of the origin.
func New(origin string) *Device { return &Device{Origin: origin} }

// Copy returns a device with copies of the keys.
func (d *Device) Copy() *Device {
	c := *d
	c.Keys = nil
	for _, k := range d.Keys {
		copied := *k
		c.Keys = append(c.Keys, &copied)
	}
	return &c
}

// options are those of navigator.credentials, as JSON.
type options struct {
	PublicKey struct {
		Challenge string
		RP        struct{ ID string }
		RPID      string
		User      struct{ ID string }
		Allow     []descriptor `json:"allowCredentials"`
		Exclude   []descriptor `json:"excludeCredentials"`
	} `json:"publicKey"`
}

type descriptor struct{ ID string }

func read(t testing.TB, from any) (o options) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Create makes a passkey, and returns what navigator.credentials.create answers.
func (d *Device) Create(t testing.TB, from any) map[string]any {
	t.Helper()
	o := read(t, from).PublicKey
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := &Key{ID: []byte(rand.Text()), RPID: o.RP.ID, Handle: decode(t, o.User.ID), private: private}
	d.Keys = append(d.Keys, k)
	public, err := private.PublicKey.Bytes() // 4 | x | y
	if err != nil {
		t.Fatal(err)
	}
	data := d.authenticatorData(k, 0x40)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.ID)))
	data = append(data, k.ID...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32) // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	data = append(data, public[1:33]...)
	data = append(data, 0x22, 0x58, 32)
	data = append(data, public[33:]...)
	object := append([]byte("\xa3cfmtdnonegattStmt\xa0hauthData\x59"), byte(len(data)>>8), byte(len(data)))
	return d.answer(k, map[string]any{
		"clientDataJSON": d.clientData(t, "webauthn.create", o.Challenge), "attestationObject": encode(append(object, data...)),
		"transports": []string{"internal"},
	})
}

// Get signs with the first passkey that is asked for, and returns what navigator.credentials.get
// answers.
func (d *Device) Get(t testing.TB, from any) map[string]any {
	t.Helper()
	o := read(t, from).PublicKey
	i := slices.IndexFunc(d.Keys, func(k *Key) bool {
		asked := func(a descriptor) bool { return a.ID == encode(k.ID) }
		return k.RPID == o.RPID && (len(o.Allow) == 0 || slices.ContainsFunc(o.Allow, asked))
	})
	if i < 0 {
		t.Fatalf("the device has no passkey for %+v", o)
	}
	return d.sign(t, d.Keys[i], o.Challenge)
}

func (d *Device) sign(t testing.TB, k *Key, challenge string) map[string]any {
	t.Helper()
	if !d.Uncounted {
		k.Count++
	}
	client, data := d.clientData(t, "webauthn.get", challenge), d.authenticatorData(k, 0)
	hash := sha256.Sum256(decode(t, client))
	signed := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	if d.BadSignature {
		signed[0] ^= 1
	}
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, signed[:])
	if err != nil {
		t.Fatal(err)
	}
	handle := k.Handle
	if d.Handle != nil {
		handle = d.Handle
	}
	return d.answer(k, map[string]any{
		"clientDataJSON": client, "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(handle),
	})
}

func (d *Device) answer(k *Key, response map[string]any) map[string]any {
	extensions := d.Extensions
	if extensions == nil {
		extensions = map[string]any{}
	}
	return map[string]any{
		"id": encode(k.ID), "rawId": encode(k.ID), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": extensions, "response": response,
	}
}

func (d *Device) clientData(t testing.TB, kind, challenge string) string {
	t.Helper()
	if d.Challenge != "" {
		challenge = d.Challenge
	}
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": d.CrossOrigin})
	if err != nil {
		t.Fatal(err)
	}
	return encode(text)
}

// authenticatorData returns what the device says of itself (WebAuthn, 6.1).
func (d *Device) authenticatorData(k *Key, flags byte) []byte {
	flags |= 0x01 // a person is there
	for bit, set := range map[byte]bool{0x04: !d.Unverified, 0x08: d.Eligible, 0x10: d.BackedUp} {
		if set {
			flags |= bit
		}
	}
	hash := sha256.Sum256([]byte(k.RPID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), k.Count)
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func decode(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
