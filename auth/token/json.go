package token

import (
	"bytes"
	"errors"
	"io"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

var errKind = errors.New("a member has the wrong type")

// readJSON reads one JSON object and hands each member's value to member, by its exact name. Members given twice, at
// any depth, invalid UTF-8 and anything after the object are errors, none of which quotes the text.
func readJSON(text []byte, member func(d *jsontext.Decoder, name string) error) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(text))
	err := readObject(d, member)
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			return nil
		}
		return errors.New("text after the JSON object")
	}
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return errors.New("a member is given twice")
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not JSON")
	}
	return err
}

func readObject(d *jsontext.Decoder, member func(d *jsontext.Decoder, name string) error) error {
	if err := readDelimiter(d, jsontext.KindBeginObject); err != nil {
		return err
	}
	for d.PeekKind() == jsontext.KindString {
		name, err := readString(d)
		if err != nil {
			return err
		}
		if err := member(d, name); err != nil {
			return err
		}
	}
	return readDelimiter(d, jsontext.KindEndObject)
}

func readDelimiter(d *jsontext.Decoder, kind jsontext.Kind) error {
	tok, err := d.ReadToken()
	if err == nil && tok.Kind() != kind {
		err = errKind
	}
	return err
}

func readString(d *jsontext.Decoder) (string, error) {
	tok, err := d.ReadToken()
	if err != nil {
		return "", err
	}
	if tok.Kind() != jsontext.KindString {
		return "", errKind
	}
	return tok.String(), nil
}

// readStrings reads an array of strings.
func readStrings(d *jsontext.Decoder) ([]string, error) {
	if err := readDelimiter(d, jsontext.KindBeginArray); err != nil {
		return nil, err
	}
	list := []string{}
	for d.PeekKind() != jsontext.KindEndArray {
		s, err := readString(d)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, readDelimiter(d, jsontext.KindEndArray)
}

func readBool(d *jsontext.Decoder) (bool, error) {
	tok, err := d.ReadToken()
	if err != nil {
		return false, err
	}
	if tok.Kind() != jsontext.KindTrue && tok.Kind() != jsontext.KindFalse {
		return false, errKind
	}
	return tok.Bool(), nil
}

// readCount reads a whole number from 0 to 2^31-1.
func readCount(d *jsontext.Decoder) (int, error) {
	tok, err := d.ReadToken()
	if err != nil {
		return 0, err
	}
	if tok.Kind() != jsontext.KindNumber {
		return 0, errKind
	}
	n, err := tok.Int()
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0, errors.New("a number is out of range")
	}
	return int(n), nil
}

// readDate reads a NumericDate (RFC 7519, 2), from 1970 to the year 9999. Our tokens hold whole seconds; a fraction is
// rounded by round.
func readDate(d *jsontext.Decoder, round func(float64) float64) (time.Time, error) {
	const year10000 = 253402300800
	tok, err := d.ReadToken()
	if err != nil {
		return time.Time{}, err
	}
	if tok.Kind() != jsontext.KindNumber {
		return time.Time{}, errKind
	}
	seconds, err := tok.Float()
	if err != nil || seconds < 0 || seconds >= year10000 {
		return time.Time{}, errors.New("a date is out of range")
	}
	return time.Unix(int64(round(seconds)), 0).UTC(), nil
}
