package attempts

import "time"

// Failures is the value of a failure counter.
type Failures struct {
	N     int       // failures, including attempts under way
	Until time.Time // when the next attempt may begin
}

// Slots are the failure counters of one memory, by the key of a limit. A missing
// counter is the zero Failures.
type Slots interface {
	Load(key string) Failures
	Store(key string, f Failures)
}

// A State is the failure counters of one memory at one time. Its methods are the
// rules of a [Counter]; the caller makes them atomic. The script in
// store/counts applies the same rules in Redis.
type State struct {
	Slots Slots
	Now   time.Time
}

// Begin is the rule of Counter.Begin, without uses.
func (s State) Begin(limits []Limit) Outcome {
	newPlace := len(limits) > 0 && s.load(limits[0]).N < Grace
	for _, l := range limits {
		if !l.applies(newPlace) {
			continue
		}
		if f := s.load(l); f.N >= l.Free && f.Until.After(s.Now) {
			return Outcome{Wait: f.Until.Sub(s.Now), NewPlace: newPlace}
		}
	}
	for _, l := range limits {
		if l.applies(newPlace) {
			s.fail(l)
		}
	}
	return Outcome{NewPlace: newPlace}
}

// Fail is the rule of Counter.Fail.
func (s State) Fail(limits []Limit) {
	for _, l := range limits {
		s.fail(l)
	}
}

// Succeed is the rule of Counter.Succeed.
func (s State) Succeed(limits []Limit) {
	for _, l := range limits {
		s.Slots.Store(l.Key, Failures{N: max(0, s.load(l).N-1), Until: s.Now})
	}
}

// load returns the failures of a limit, without those that are forgotten.
func (s State) load(l Limit) Failures {
	f := s.Slots.Load(l.Key)
	if since := s.Now.Sub(f.Until); since > 0 {
		f.N = max(0, f.N-int(since/l.Forget))
	}
	return f
}

// fail counts one more failure.
func (s State) fail(l Limit) {
	n := min(s.load(l).N+1, MaxFailures)
	s.Slots.Store(l.Key, Failures{N: n, Until: s.Now.Add(l.wait(n))})
}

// wait returns how long the next attempt waits after n failures.
func (l Limit) wait(n int) time.Duration {
	if n < l.Free {
		return 0
	}
	return min(time.Second<<min(n-l.Free, 10), l.MaxWait)
}
