package server

import (
	"fmt"
	"log/slog"
	"time"

	"gatehouse/auth/clock"
	"gatehouse/auth/keys"
	"gatehouse/auth/revocation"
)

// How far this machine's clock and the database's may be apart before that is logged,
// and before the replica is not ready. Clocks that are synchronized differ by
// milliseconds. Other services judge our tokens by clocks of their own, most of them
// with a leeway of up to a minute.
const (
	skewLogged = 5 * time.Second
	skewBound  = time.Minute
)

// skewLoggedEvery is how often a skew that lasts is logged.
const skewLoggedEvery = 10 * time.Minute

// A skewLog remembers what was last logged of a skew.
type skewLog struct {
	off bool          // the clocks were apart
	at  time.Duration // when that was logged, by the clock's Elapsed
}

// measured is called after each measurement of the clock, with how much it was
// adjusted.
func (d *Deployment) measured(step time.Duration) {
	d.logSkew(d.clock.Skew())
	if step.Abs() < skewLogged {
		return
	}
	d.Log.Warn("the database's clock jumped "+direction(step, "forward", "back"),
		slog.String("by", step.Abs().Round(time.Millisecond).String()))
	if d.repeats() {
		d.Log.Warn("the database's clock went back: every access token is checked against the database "+
			"until tokens of the repeated time have expired",
			slog.Time("until", d.clock.Repeated().Add(d.Settings.AccessTokenTTL)))
	}
	select {
	case d.stepped <- struct{}{}:
	default: // it is known already
	}
}

// logSkew warns if the clocks are apart, and says when they are not any more.
func (d *Deployment) logSkew(skew time.Duration) {
	last, now := d.skewed, d.clock.Elapsed()
	switch {
	case skew.Abs() < skewLogged && last.off:
		d.Log.Info("this machine's clock and the database's agree again")
		d.skewed = skewLog{}
	case skew.Abs() >= skewLogged && (!last.off || now-last.at >= skewLoggedEvery):
		d.Log.Warn(apart(skew)+": synchronize both with NTP", slog.Float64("skew_seconds", skew.Seconds()))
		d.skewed = skewLog{off: true, at: now}
	}
}

// tooSkewed returns why the replica is not ready because of its clock, else nil.
func (d *Deployment) tooSkewed() error {
	if skew := d.clock.Skew(); skew.Abs() > skewBound {
		return &notReadyError{apart(skew)}
	}
	return nil
}

// apart says which clock is off and by how much.
func apart(skew time.Duration) string {
	return fmt.Sprintf("this machine's clock is %v %s the database's", skew.Abs().Round(time.Second), direction(skew, "ahead of", "behind"))
}

func direction(d time.Duration, forward, back string) string {
	if d < 0 {
		return back
	}
	return forward
}

// repeats reports whether the database's clock shows times again at which access
// tokens that are forgotten as expired were valid. Another replica may have seen a
// slightly later time.
func (d *Deployment) repeats() bool {
	return d.clock.Repeats(d.Settings.AccessTokenTTL + clock.Tolerance)
}

// inSync reports whether this replica's memory may be trusted to know every change.
func (srv *Server) inSync() bool { return srv.changes.InSync() && !srv.deployment.repeats() }

// heed sets the clock by a change that says that the database's went back.
func (d *Deployment) heed(c revocation.Change) {
	if c.ClockBack {
		d.clock.Repeat(c.At)
	}
}

// lookBack finds out whether the database's clock went back unnoticed by this replica:
// another one, or an earlier start, then noted a time that is still to come. Replicas
// note the time at least once in two minutes.
func (d *Deployment) lookBack(keyring *keys.Keyring) {
	if noted := keyring.Noted(); noted.After(d.clock.Now().Add(clock.Tolerance)) {
		d.clock.Seen(noted.Add(2 * upkeepEvery))
	}
}
