package api_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/test/harness"
)

// wellFormed is an API key with the id, as anyone can write it.
func wellFormed(id uuid.UUID) string {
	random := uuid.New()
	whole := append(id[:], random[:]...)
	whole = binary.BigEndian.AppendUint32(whole, crc32.ChecksumIEEE(append([]byte("gh_"), whole...)))
	digits := new(big.Int).SetBytes(whole).Text(62)
	return "gh_" + strings.Repeat("0", 49-len(digits)) + digits
}

// TestUnknownKeyTakesAsLong: the time of an answer does not tell whether a key's id exists.
// The two kinds of guesses take turns, and their medians are compared.
func TestUnknownKeyTakesAsLong(t *testing.T) {
	s := harness.Start(t)
	_, id := newKey(t, s, s.Register(t, harness.AdaEmail, harness.AdaPassword))
	guess := func(id uuid.UUID) time.Duration {
		r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(harness.Body(viewer, nil)))
		r.Header = http.Header{"Content-Type": {"application/json"}, "X-Api-Key": {wellFormed(id)}}
		w := httptest.NewRecorder()
		began := time.Now()
		s.Handler().ServeHTTP(w, r)
		took := time.Since(began)
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "key_invalid") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return took
	}
	known := uuid.MustParse(id)
	var unknowns, knowns []time.Duration
	for range 300 {
		unknowns, knowns = append(unknowns, guess(uuid.Must(uuid.NewV7()))), append(knowns, guess(known))
	}
	slices.Sort(unknowns)
	slices.Sort(knowns)
	unknown, wrong := unknowns[150], knowns[150]
	if ratio := float64(unknown) / float64(wrong); ratio < 0.6 || ratio > 1.6 {
		t.Errorf("an unknown id takes %v, a wrong random part %v", unknown, wrong)
	}
	t.Logf("an unknown id takes %v, a wrong random part %v", unknown, wrong)
}
