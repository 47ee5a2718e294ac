package proofs

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/store/changes"
)

// within runs work in a transaction after the claim is used up in it.
func (t *Proofs) within(ctx context.Context, c *proof.Claim, work func(*changes.Tx, *proof.Subject) error) error {
	err := t.Transact(ctx, func(tx *changes.Tx) error {
		s, err := Use(ctx, tx, c)
		if err != nil {
			return err
		}
		return work(tx, s)
	})
	if err != nil {
		return fmt.Errorf("use proof %q: %w", c.ID, err)
	}
	return nil
}

// VerifyByProof notes that the account's address is its owner's. Unless the account is kept
// as it is, everything that was set up before is removed: spare is the hash that replaces
// its password's. It returns [proof.ErrInvalid], and [auth.ErrLastAdmin].
func (t *Proofs) VerifyByProof(ctx context.Context, c *proof.Claim, keep bool, spare string) (userID string, err error) {
	err = t.within(ctx, c, func(tx *changes.Tx, s *proof.Subject) error {
		userID = s.UserID
		if keep || s.Verified {
			return t.verified(ctx, tx, s.UserID)
		}
		if err := t.reclaim(ctx, tx, s.UserID); err != nil {
			return err
		}
		return setPassword(ctx, tx, s.UserID, spare, false)
	})
	return userID, err
}

// ResetByProof gives the account a new password, and ends its sessions. An account whose
// address was never proved loses everything else that was set up before. It returns
// [proof.ErrInvalid], and [auth.ErrLastAdmin].
func (t *Proofs) ResetByProof(ctx context.Context, c *proof.Claim, hash string) (userID string, err error) {
	err = t.within(ctx, c, func(tx *changes.Tx, s *proof.Subject) error {
		userID = s.UserID
		if err := t.prove(ctx, tx, s); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, s.UserID, hash, true); err != nil {
			return err
		}
		if err := t.Accounts.EndSessions(ctx, tx, s.UserID, "password_reset"); err != nil {
			return err
		}
		return notify(ctx, tx, notification{
			kind: "password_changed", user: &auth.User{ID: s.UserID, Email: s.Email}, key: s.Key, at: c.Now,
		})
	})
	return userID, err
}

// LoginByProof opens a session. An account whose address was never proved loses everything that
// was set up before; spare is the hash that replaces its password's. It returns
// [proof.ErrInvalid], and [auth.ErrLastAdmin].
func (t *Proofs) LoginByProof(
	ctx context.Context, c *proof.Claim, spare string, session *auth.Session, life auth.Lifetimes,
) error {
	return t.within(ctx, c, func(tx *changes.Tx, s *proof.Subject) error {
		session.UserID = s.UserID
		if !s.Verified {
			if err := t.reclaim(ctx, tx, s.UserID); err != nil {
				return err
			}
			if err := setPassword(ctx, tx, s.UserID, spare, false); err != nil {
				return err
			}
		}
		return t.Accounts.OpenSession(ctx, tx, session, life)
	})
}

// ChangeByProof gives the account the address that it asked for, and the old one, if it was
// proved, a link that takes the change back. If another account has the address meanwhile,
// the claim is used up all the same, and the error a [*auth.ConflictError]. It returns
// [proof.ErrInvalid].
func (t *Proofs) ChangeByProof(ctx context.Context, c *proof.Claim, undo *proof.Ask) (userID string, err error) {
	var conflict *auth.ConflictError
	err = t.within(ctx, c, func(tx *changes.Tx, s *proof.Subject) error {
		userID, conflict = s.UserID, nil
		address, _ := s.Data["email"].(string)
		err := t.atOnce(ctx, tx, func() error {
			return t.Accounts.Change(ctx, tx, s.UserID, func(u *auth.User) error {
				u.Email, u.EmailVerified = address, true
				return nil
			})
		})
		if errors.As(err, &conflict) {
			return forgetChange(ctx, tx, s.UserID)
		}
		if err != nil {
			return err
		}
		if err := forgetChange(ctx, tx, s.UserID); err != nil {
			return err
		}
		if s.Verified {
			return t.offerUndo(ctx, tx, s, undo, address)
		}
		return nil
	})
	if err == nil && conflict != nil {
		err = conflict
	}
	return userID, err
}

// offerUndo makes the proof that takes a change back, and its mail to the old address.
func (t *Proofs) offerUndo(ctx context.Context, tx *changes.Tx, s *proof.Subject, undo *proof.Ask, address string) error {
	const insert = `
		INSERT INTO proofs (id, purpose, subject_key, user_id, seed, data, created_at, sent_at, expires_at)
		VALUES ($1, 'undo_email', $2, $3, $4, jsonb_build_object('email', $5::text), $6::timestamptz, $6, $6::timestamptz + make_interval(secs => $7))`

	key, _ := s.Data["old_key"].(string)
	_, err := tx.ExecContext(ctx, insert, undo.ID, key, s.UserID, undo.Seed, s.Email, undo.Now, undo.Life.Seconds())
	if err != nil {
		return err
	}
	return notify(ctx, tx, notification{
		kind: "email_changed", user: &auth.User{ID: s.UserID, Email: s.Email}, key: key, proofID: undo.ID, at: undo.Now,
		data: map[string]any{"new": address},
	})
}

// UndoByProof gives the account its old address back, ends all sessions and API keys, makes
// the other proofs useless, and replaces the password by the spare one. It returns
// [proof.ErrInvalid], and a [*auth.ConflictError] if another account has the address.
func (t *Proofs) UndoByProof(ctx context.Context, c *proof.Claim, spare string) (s *proof.Subject, err error) {
	err = t.within(ctx, c, func(tx *changes.Tx, subject *proof.Subject) error {
		s = subject
		address, _ := s.Data["email"].(string)
		err := t.Accounts.Change(ctx, tx, s.UserID, func(u *auth.User) error {
			u.Email, u.EmailVerified = address, true
			return nil
		})
		if err != nil {
			return err
		}
		if err := t.endAll(ctx, tx, s.UserID, "email_change_undone"); err != nil {
			return err
		}
		if err := closeAll(ctx, tx, s.UserID, c.Now); err != nil {
			return err
		}
		return setPassword(ctx, tx, s.UserID, spare, false)
	})
	return s, err
}

// prove notes that the account's address is its owner's, and takes the account over if
// that was never proved before.
func (t *Proofs) prove(ctx context.Context, tx *changes.Tx, s *proof.Subject) error {
	if s.Verified {
		return nil
	}
	return t.reclaim(ctx, tx, s.UserID)
}

// verified notes that the account's address is its owner's.
func (t *Proofs) verified(ctx context.Context, tx *changes.Tx, userID string) error {
	return t.Accounts.Change(ctx, tx, userID, func(u *auth.User) error {
		u.EmailVerified = true
		return nil
	})
}

// reclaim removes from an account what another person may have set up, who registered it
// with an address that was not theirs: the sessions, keys, applications, second factors and
// name, and roles that a new account does not have. The caller sets the password.
func (t *Proofs) reclaim(ctx context.Context, tx *changes.Tx, userID string) error {
	err := t.Accounts.Change(ctx, tx, userID, func(u *auth.User) error {
		u.Name, u.EmailVerified, u.Roles = nil, true, auth.SelfGiven(u.Roles)
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM grants WHERE user_id = $1`, userID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE users SET stamp = stamp + 1, pending_email = NULL WHERE id = $1`, userID); err != nil {
		return err
	}
	return t.endAll(ctx, tx, userID, "reclaimed")
}

// endAll ends the account's sessions and API keys, and removes its second factors: whoever had
// the account may have set them up.
func (t *Proofs) endAll(ctx context.Context, tx *changes.Tx, userID, reason string) error {
	if err := t.Accounts.ClearFactors(ctx, tx, userID); err != nil {
		return err
	}
	if err := t.Accounts.EndSessions(ctx, tx, userID, reason); err != nil {
		return err
	}
	return t.Accounts.EndKeys(ctx, tx, userID)
}

// setPassword stores a hash. known says whether a person knows its password.
func setPassword(ctx context.Context, tx *changes.Tx, userID, hash string, known bool) error {
	const query = `
		UPDATE users
		SET password_hash = $2, has_password = $3, pending_email = NULL, updated_at = greatest(now(), updated_at + interval '1 microsecond')
		WHERE id = $1`

	_, err := tx.ExecContext(ctx, query, userID, hash, known)
	return err
}

// forgetChange forgets the address that the account asked for.
func forgetChange(ctx context.Context, tx *changes.Tx, userID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE users SET pending_email = NULL WHERE id = $1`, userID)
	return err
}

// atOnce runs work so that its error leaves the rest of the transaction as it is.
func (t *Proofs) atOnce(ctx context.Context, tx *changes.Tx, work func() error) error {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT work`); err != nil {
		return err
	}
	made := len(tx.Made)
	err := work()
	if err == nil {
		return nil
	}
	tx.Made = tx.Made[:made]
	if _, back := tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT work`); back != nil {
		return back
	}
	return err
}
