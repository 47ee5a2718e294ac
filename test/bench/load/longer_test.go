package load

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// TestForSeconds measures for longer until there is an answer. Other errors end it.
func TestForSeconds(t *testing.T) {
	broken := errors.New("broken")
	over, end := context.WithCancel(t.Context())
	end()
	tests := []struct {
		name  string
		ctx   context.Context
		d     time.Duration
		first int // seconds until the first answer
		err   error
		want  []int
	}{
		{"at once", t.Context(), 20 * time.Millisecond, 1, nil, []int{1}},
		{"as long as asked", t.Context(), 5 * time.Second, 1, nil, []int{5}},
		{"a busy machine", t.Context(), time.Second, 7, nil, []int{1, 2, 4, 8}},
		{"never", t.Context(), time.Second, 1000, errNone, []int{1, 2, 4, 8, 16, 32, 64}},
		{"cancelled", over, time.Second, 1000, errNone, []int{1}},
		{"broken", t.Context(), time.Second, 1, broken, []int{1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			_, err := forSeconds(tt.ctx, tt.d, func(seconds int) (Load, error) {
				got = append(got, seconds)
				if seconds < tt.first {
					return Load{}, errNone
				}
				return Load{Requests: 1}, tt.err
			})
			if !errors.Is(err, tt.err) || !slices.Equal(got, tt.want) {
				t.Errorf("measured for %v s, %v; want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}
