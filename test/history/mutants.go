package history

import (
	"errors"
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"
)

// CheckMutants makes impossible histories of this one, and returns an error unless
// [Linearizable] finds them so.
func CheckMutants(history []Operation) error {
	mutations := map[string]func(o *Operation, e *ending, seen map[string]string) bool{
		"a refresh with two successors": func(o *Operation, _ *ending, seen map[string]string) bool {
			if o.Act != Refresh || o.Code != "" || o.Lost() || seen[o.Sent] == "" {
				return false
			}
			o.Got = "another"
			return true
		},
		"a refresh after the end": func(o *Operation, e *ending, _ map[string]string) bool {
			if o.Act != Refresh || o.Code != "REFRESH_TOKEN_INVALID" || o.Call < e.known {
				return false
			}
			o.Code, o.Got = "", "another"
			return true
		},
	}
	ends := endings(history)
	for name, mutation := range mutations {
		mutant, done, seen := slices.Clone(history), false, map[string]string{}
		for i := range mutant {
			if done = mutation(&mutant[i], ends[mutant[i].Session], seen); done {
				break
			}
			seen[mutant[i].Sent] = mutant[i].Got
		}
		if !done {
			return fmt.Errorf("the history can't be given %s", name)
		}
		if illegal := new(IllegalError); !errors.As(Linearizable(mutant), &illegal) || illegal.Result != porcupine.Illegal {
			return fmt.Errorf("a history with %s is not found illegal", name)
		}
	}
	return nil
}
