package transport

import (
	"net/http"

	"gatehouse/graph/fault"
)

// Busy answers a request that there is no room for now, in the form of GraphQL and before anything of it is read.
func Busy(w http.ResponseWriter, r *http.Request) {
	a := &Answer{Media: Accepted(r.Header)}
	f := fault.Invalid(fault.New("The service has more to do than it can. Try again in a moment.", fault.CodeUnavailable))
	f.Status, f.Header = http.StatusServiceUnavailable, fault.RetryLater()
	a.Fail(f)
	a.Write(w)
}
