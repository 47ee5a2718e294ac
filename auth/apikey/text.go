package apikey

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/google/uuid"

	"gatehouse/auth"
)

// An API key is the prefix and 49 digits of base 62: a UUID, 16 random bytes, and
// the CRC-32 of the prefix and both.
const (
	idSize       = 16
	secretSize   = 16
	checksumSize = 4
	digits       = 49
	hintDigits   = 12 // say nothing of the random bytes: they are within those of the UUID
)

// errText means that a text is not an API key: it was mistyped, cut off or made up.
var errText = errors.New("not an API key: it is " + auth.KeyPrefix + " and 49 letters and digits, of which the last make a checksum")

// A Text is what the text of an API key says.
type Text struct {
	ID     string // of the key, a UUID
	Digest []byte // SHA-256 of the random bytes: all that the database has of them
}

// newText makes an API key. It returns the text, which is kept nowhere.
func newText() (text string, t Text) {
	id := uuid.Must(uuid.NewV7())
	raw := make([]byte, idSize+secretSize)
	copy(raw, id[:])
	_, _ = rand.Read(raw[idSize:]) // never fails (crypto/rand)
	encoded := new(big.Int).SetBytes(binary.BigEndian.AppendUint32(raw, checksum(raw))).Text(62)
	return auth.KeyPrefix + strings.Repeat("0", digits-len(encoded)) + encoded, Text{id.String(), digest(raw[idSize:])}
}

// Parse reads the text of an API key. It returns an error if the text is not one. It
// does not tell whether the key exists.
func Parse(text string) (Text, error) {
	encoded, found := strings.CutPrefix(text, auth.KeyPrefix)
	if !found || len(encoded) != digits || strings.ContainsFunc(encoded, notDigit) {
		return Text{}, errText
	}
	number, ok := new(big.Int).SetString(encoded, 62)
	if !ok || number.BitLen() > 8*(idSize+secretSize+checksumSize) {
		return Text{}, errText
	}
	var whole [idSize + secretSize + checksumSize]byte
	number.FillBytes(whole[:])
	raw, sum := whole[:idSize+secretSize], whole[idSize+secretSize:]
	if !bytes.Equal(sum, binary.BigEndian.AppendUint32(nil, checksum(raw))) {
		return Text{}, errText
	}
	return Text{uuid.UUID(raw[:idSize]).String(), digest(raw[idSize:])}, nil
}

// hint returns the beginning of a key, by which its owner knows it again.
func hint(text string) string { return text[:len(auth.KeyPrefix)+hintDigits] }

func notDigit(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// checksum tells typing errors. Anyone can compute it.
func checksum(raw []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(auth.KeyPrefix)), crc32.IEEETable, raw)
}

func digest(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}
