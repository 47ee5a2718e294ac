package store_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
)

func TestRequestIsKept(t *testing.T) {
	r := newReplica(t)
	want := r.request(r.application(), flow, time.Minute)
	got, err := r.OAuth.Request(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	q := got.Request
	if q.ID != want.ID || q.ClientID != want.ClientID || q.RedirectURI != want.RedirectURI || string(q.State) != string(want.State) ||
		!slices.Equal(q.Scopes, want.Scopes) || q.Nonce != want.Nonce || !slices.Equal(q.Prompt, want.Prompt) || *q.MaxAge != 7 ||
		!q.AskedAt.Equal(want.AskedAt) || string(got.Flow) != string(flow) || got.Expired || got.Answered != nil {
		t.Errorf("%+v, %+v", got, q)
	}
	old := r.request(r.application(), flow, -time.Second)
	if got, err := r.OAuth.Request(t.Context(), old.ID); err != nil || !got.Expired {
		t.Errorf("an expired request is %+v, %v", got, err)
	}
	if _, err := r.OAuth.Request(t.Context(), uuid.NewString()); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("an unknown request: %v", err)
	}
}

// TestPushedRequestIsBoundOnce: of 20 browsers at once, one gets the request.
func TestPushedRequestIsBoundOnce(t *testing.T) {
	r := newReplica(t)
	app := r.application()
	for range 10 {
		request := r.request(app, nil, time.Minute)
		var won atomic.Int32
		together(20, func(i int) {
			own := append([]byte{byte(i)}, flow[1:]...)
			switch got, err := r.OAuth.BindRequest(t.Context(), request.ID, app.ID, own, time.Hour); {
			case err == nil && string(got.Flow) == string(own):
				won.Add(1)
			case !errors.Is(err, auth.ErrNotFound):
				t.Errorf("%+v, %v", got, err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d browsers have it", won.Load())
		}
	}
	request := r.request(app, nil, time.Minute)
	if _, err := r.OAuth.BindRequest(t.Context(), request.ID, r.application().ID, flow, time.Hour); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("another client: %v", err)
	}
	for range 2 {
		if _, err := r.OAuth.BindRequest(t.Context(), request.ID, app.ID, flow, time.Hour); err != nil {
			t.Errorf("the same browser: %v", err)
		}
	}
	if got := value[bool](r, `SELECT expires_at > now() + interval '50 minutes' FROM authorization_requests WHERE id = $1`, request.ID); !got {
		t.Error("the request expires as if it had not been brought")
	}
	late := r.request(app, nil, -time.Second)
	if _, err := r.OAuth.BindRequest(t.Context(), late.ID, app.ID, flow, time.Hour); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("an expired request: %v", err)
	}
}
