package keys

import (
	"testing"

	"gatehouse/auth/token"
)

// A key added while SECRET_KEY is being changed, with the settings of any stage of
// the change, can be opened by every replica.
func TestKeysAddedWhileTheSecretChanges(t *testing.T) {
	older, newer := newSecrets(), newSecrets()
	learned := token.Secrets{Current: older.Current, Previous: &newer.Current}
	changed := token.Secrets{Current: newer.Current, Previous: &older.Current}
	for name, tt := range map[string]struct{ database, replica, adds token.Secrets }{
		"unchanged":                        {older, older, older},
		"from before, after all is done":   {newer, newer, learned},
		"from the second round, too early": {older, older, changed},
		"in the first round":               {older, learned, learned},
		"in the second round":              {newer, changed, changed},
	} {
		t.Run(name, func(t *testing.T) {
			store := newFakeStore()
			store.open(t, tt.database, token.EdDSA)
			ring := store.open(t, tt.replica, token.EdDSA)
			keys := store.with(tt.adds, token.EdDSA)
			if err := keys.Import(t.Context(), newKey(t, token.EdDSA), false); err != nil {
				t.Fatal(err)
			}
			rotate(t, keys, true)
			if reload(t, ring); len(store.faults) != 0 {
				t.Errorf("the replica can't open the new keys: %v", store.faults)
			}
			store.open(t, tt.database, token.EdDSA)
		})
	}
}
