package proofs

import (
	"context"
	"encoding/json"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/store/changes"
)

// A notification is a mail that tells of a change.
type notification struct {
	kind    string
	user    *auth.User // whose address it goes to
	key     string     // the canonical address; "" if no limit counts the mail
	proofID string     // of a link in it; "" for none
	at      time.Time
	data    map[string]any
}

// Notify queues a mail that tells the owner of an account of a change. The mail is of that
// kind, and says what data has.
func Notify(ctx context.Context, tx *changes.Tx, kind string, u *auth.User, at time.Time, data map[string]any) error {
	return notify(ctx, tx, notification{kind: kind, user: u, at: at, data: data})
}

// notify queues a mail.
func notify(ctx context.Context, tx *changes.Tx, n notification) error {
	const query = `
		INSERT INTO mails (id, kind, address, address_key, proof_id, user_id, data, created_at, due_at)
		VALUES ($1, $2, $3, $4, nullif($5, '')::uuid, $6, $7, $8, $8)`

	data, err := json.Marshal(n.data)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, query, proof.NewID(n.at), n.kind, n.user.Email, n.key, n.proofID, n.user.ID, object(data), n.at)
	return err
}
