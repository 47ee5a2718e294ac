package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth"
)

// UseAssertion notes that the client used the assertion with the id, which ends then. It reports
// false if it was used before, by whichever replica.
func (t *Tables) UseAssertion(ctx context.Context, clientID, id string, end time.Time) (bool, error) {
	const query = `
		INSERT INTO assertions (client_id, jti, expires_at)
		VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING
		RETURNING true`

	var used bool
	err := t.get(ctx, &used, query, clientID, id, end)
	if errors.Is(err, auth.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("assertion of client %q: %w", clientID, err)
	}
	return used, nil
}
