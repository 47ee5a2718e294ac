// Package strictjson reads JSON that a stranger wrote, so that every reader
// understands it in the same way: a member that is given twice or is null is an
// error, and names match exactly.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errNull = errors.New("null is not allowed")

// noNull refuses null as the value of any member that is read. The library
// would take it for the zero value.
var noNull = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, _ any) error {
	if d.PeekKind() == jsontext.KindNull {
		return errNull
	}
	return errors.ErrUnsupported // let the library read the value
}))

// Unmarshal reads one JSON object into the struct v. Names match exactly;
// unknown ones are skipped unless an option says otherwise. A name given twice
// at any depth, invalid UTF-8, and text after the object are errors. No error
// quotes the text, apart from the names that v has.
func Unmarshal(text []byte, v any, options ...json.Options) error {
	err := json.Unmarshal(text, v, append(options, noNull)...)
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return errors.New("a member is given twice")
	case errors.Is(err, json.ErrUnknownName):
		return errors.New("a member is not allowed")
	case errors.As(err, &semantic) && semantic.JSONPointer == "":
		return errors.New("not a JSON object")
	case semantic != nil:
		name := strings.TrimPrefix(string(semantic.JSONPointer), "/")
		return fmt.Errorf("member %s has the wrong type or is out of range", name)
	case jsontext.NewDecoder(bytes.NewReader(text)).SkipValue() == nil:
		return errors.New("text after the JSON object")
	}
	return errors.New("not JSON")
}
