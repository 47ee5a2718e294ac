package edge

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// headOf returns the head of a request of exactly that many bytes.
func headOf(size int, form string) string {
	for n := size; n > 0; n-- {
		if head := strings.ReplaceAll(form, "PAD", strings.Repeat("x", n)); len(head) == size {
			return head
		}
	}
	panic("the form is longer than the size")
}

// TestHeaderLimit: the head of a request has at most 16 KiB, in all forms, and
// on a connection that was used before.
func TestHeaderLimit(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { Text(w, http.StatusOK, "ok") })
	address := serve(t, Harden(ok, false, slog.New(slog.DiscardHandler)), nil)
	for name, form := range map[string]string{
		"one header":              "GET / HTTP/1.1\r\nHost: id.example.com\r\nAuthorization: Bearer PAD\r\n\r\n",
		"a long path":             "GET /graphql?query=PAD HTTP/1.1\r\nHost: id.example.com\r\nAccept: */*\r\n\r\n",
		"a long host":             "GET / HTTP/1.1\r\nHost: PAD\r\n\r\n",
		"a long name":             "GET / HTTP/1.1\r\nHost: id.example.com\r\nXPAD: 1\r\n\r\n",
		"several headers":         "GET / HTTP/1.1\r\nHost: id.example.com\r\n" + strings.Repeat("X-More: 1\r\n", 90) + "Cookie: a=PAD\r\n\r\n",
		"a name that comes again": "GET / HTTP/1.1\r\nHost: id.example.com\r\n" + strings.Repeat("Cookie: a=1\r\n", 9) + "Cookie: a=PAD\r\n\r\n",
		"with a body":             "POST / HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: 5\r\nX-Large: PAD\r\n\r\n",
	} {
		body := ""
		if strings.HasPrefix(form, "POST") {
			body = "hello"
		}
		for _, before := range []int{0, 1, 3} { // requests on the connection
			for size, status := range map[int]int{16 << 10: 200, 16<<10 + 1: 431, 20 << 10: 431, 24 << 10: 431} {
				t.Run(fmt.Sprintf("%s, %d bytes after %d requests", name, size, before), func(t *testing.T) {
					conn, in := dial(t, address)
					for range before {
						fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: id.example.com\r\n\r\n")
						answer(t, in)
					}
					fmt.Fprint(conn, headOf(size, form)+body)
					r, text := answer(t, in)
					if r.StatusCode != status || r.Close != (status == 431) {
						t.Errorf("%d %v %q, want %d", r.StatusCode, r.Header, text, status)
					}
					if status == 431 && size <= 20<<10 && !strings.Contains(text, "16 KiB") {
						t.Errorf("the answer does not say the limit: %q", text)
					}
				})
			}
		}
	}
}
