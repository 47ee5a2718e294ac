package leaks_test

import (
	"encoding/binary"
	"hash/crc32"
	"math/big"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// completed is the API key with the id and the random part, as anyone can write it.
func completed(id, random string) string {
	parsed := uuid.MustParse(id)
	whole := append(parsed[:], random...)
	whole = binary.BigEndian.AppendUint32(whole, crc32.ChecksumIEEE(append([]byte("gh_"), whole...)))
	digits := new(big.Int).SetBytes(whole).Text(62)
	return "gh_" + strings.Repeat("0", 49-len(digits)) + digits
}

// randomPart is what an API key has besides its id and its checksum.
func randomPart(t *testing.T, key string) string {
	t.Helper()
	number, ok := new(big.Int).SetString(strings.TrimPrefix(key, "gh_"), 62)
	if !ok {
		t.Fatal("not a key")
	}
	return string(number.FillBytes(make([]byte, 36))[16:32])
}
