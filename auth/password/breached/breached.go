// Package breached looks passwords up in a list of those that were stolen elsewhere, such
// as that of Have I Been Pwned. The list is a file of our own form: it takes no memory,
// and a lookup reads it about twice.
package breached

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// A file begins with the magic. Then come the first 8 bytes of the SHA-1 of each password,
// sorted. Of a thousand million passwords, one that is not among them is taken for one
// with a chance of 1 in 18 thousand million.
const (
	magic  = "ghpwned1"
	record = 8
)

// A List is an open file. It is safe for concurrent use.
type List struct {
	file    io.ReaderAt
	count   int64
	onError func(error)
	close   func() error
}

// Open opens a list. onError, if not nil, is called when the file can't be read later: the
// password then counts as not listed. The error does not repeat the path.
func Open(path string, onError func(error)) (*List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the file can't be opened")
	}
	info, err := f.Stat()
	head := make([]byte, len(magic))
	if err == nil {
		_, err = f.ReadAt(head, 0)
	}
	size := int64(0)
	if err == nil {
		size = info.Size() - int64(len(magic))
	}
	if err != nil || string(head) != magic || size%record != 0 {
		_ = f.Close()
		return nil, errors.New("the file is not a list; make one with: gatehouse password list build")
	}
	return &List{file: f, count: size / record, onError: onError, close: f.Close}, nil
}

// Close closes the file.
func (l *List) Close() error { return l.close() }

// Count returns how many passwords the list has.
func (l *List) Count() int64 { return l.count }

// Contains reports whether the password is in the list.
func (l *List) Contains(password string) bool {
	sum := sha1.Sum([]byte(password)) //nolint:gosec // the public lists have SHA-1; nothing is protected by it
	found, err := l.find(binary.BigEndian.Uint64(sum[:record]))
	if err != nil && l.onError != nil {
		l.onError(err)
	}
	return found && err == nil
}

// pageSize is how much a lookup reads at once, in records.
const pageSize = 512

// find looks up a record. Hashes are spread evenly, so that it guesses where one is, and
// reads a page there. If that is not the right one, it halves what is left.
func (l *List) find(want uint64) (bool, error) {
	low, high := int64(0), l.count // the record is in [low, high)
	page := make([]byte, pageSize*record)
	guess := int64(float64(want) / (1 << 64) * float64(l.count))
	for low < high {
		begin := max(low, min(guess-pageSize/2, high-pageSize))
		n := min(pageSize, high-begin)
		read := page[:n*record]
		if _, err := l.file.ReadAt(read, int64(len(magic))+begin*record); err != nil {
			return false, fmt.Errorf("read the list: %w", err)
		}
		first, last := binary.BigEndian.Uint64(read), binary.BigEndian.Uint64(read[len(read)-record:])
		switch {
		case want < first:
			high = begin
		case want > last:
			low = begin + n
		default:
			return within(read, want), nil
		}
		guess = low + (high-low)/2
	}
	return false, nil
}

// within looks a record up in a page.
func within(page []byte, want uint64) bool {
	var key [record]byte
	binary.BigEndian.PutUint64(key[:], want)
	for i := 0; i < len(page); i += record {
		if bytes.Equal(page[i:i+record], key[:]) {
			return true
		}
	}
	return false
}

// Build makes a list from lines of the form SHA1:COUNT, sorted, as the downloader of Have I
// Been Pwned writes them in one file. Passwords that were found fewer than least times are
// left out. It returns how many it wrote.
func Build(to io.Writer, from io.Reader, least int) (int64, error) {
	w := bufio.NewWriterSize(to, 1<<20)
	if _, err := w.WriteString(magic); err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(from)
	var last [record]byte
	count, number := int64(0), 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		sum, times, err := parse(line)
		if err != nil {
			return count, fmt.Errorf("line %d: %w", number, err)
		}
		switch order := bytes.Compare(sum[:], last[:]); {
		case count > 0 && order < 0:
			return count, fmt.Errorf("line %d: the lines are not sorted; sort them with: LC_ALL=C sort", number)
		case count > 0 && order == 0 || times < least:
			continue
		}
		if _, err := w.Write(sum[:]); err != nil {
			return count, err
		}
		last, count = sum, count+1
	}
	if err := lines.Err(); err != nil {
		return count, fmt.Errorf("line %d: %w", number+1, err)
	}
	return count, w.Flush()
}

// parse reads a line.
func parse(line []byte) (sum [record]byte, times int, err error) {
	wrong := errors.New("not a line such as 000000005AD76BD555C1D6D771DE417A4B87E4B4:10")
	hash, number, counted := bytes.Cut(line, []byte(":"))
	var whole [sha1.Size]byte
	if len(hash) != hex.EncodedLen(len(whole)) {
		return sum, 0, wrong
	}
	if _, err := hex.Decode(whole[:], hash); err != nil {
		return sum, 0, wrong
	}
	times = 1
	if counted {
		if times, err = strconv.Atoi(string(number)); err != nil {
			return sum, 0, wrong
		}
	}
	return [record]byte(whole[:record]), times, nil
}

// Check reads the whole list, and returns an error unless it is sorted.
func (l *List) Check() error {
	r := bufio.NewReaderSize(io.NewSectionReader(l.file, int64(len(magic)), l.count*record), 1<<20)
	var last, next [record]byte
	for i := range l.count {
		if _, err := io.ReadFull(r, next[:]); err != nil {
			return fmt.Errorf("read the list: %w", err)
		}
		if i > 0 && bytes.Compare(last[:], next[:]) >= 0 {
			return fmt.Errorf("the list is not sorted at entry %d: make it again", i+1)
		}
		last = next
	}
	return nil
}
