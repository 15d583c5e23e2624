package vault

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// keysFile is the file's shape. KEK is a Tink keyset in Tink's own JSON, so that Tink's tools can read it.
type keysFile struct {
	Version   int            `json:"version"`
	Origin    string         `json:"origin"`
	RotatedAt time.Time      `json:"rotated_at"` // when the primary KEK was made
	KEK       jsontext.Value `json:"kek"`
	Index     string         `json:"index"` // 32 bytes in standard base64
}

var b64 = base64.StdEncoding.Strict()

// Encode returns the key file with all its secrets, for the operator to store where nobody else reads.
func (k Keys) Encode() []byte {
	var keks bytes.Buffer
	must(insecurecleartextkeyset.Write(k.open().keks, keyset.NewJSONWriter(&keks)))
	b, err := json.Marshal(keysFile{1, k.open().origin, k.open().rotated, keks.Bytes(), b64.EncodeToString(k.open().index)}, jsontext.Multiline(true))
	must(err)
	return append(b, '\n')
}

// ParseKeys reads a key file. Every error wraps ErrKeys and names the place, never the content.
func ParseKeys(file []byte) (Keys, error) {
	var f keysFile
	if err := json.Unmarshal(file, &f, json.RejectUnknownMembers(true)); err != nil {
		return Keys{}, fmt.Errorf("%w: not of the expected form%s", ErrKeys, offset(err))
	}
	switch {
	case f.Version != 1:
		return Keys{}, fmt.Errorf("%w: version must be 1", ErrKeys)
	case f.Origin != OriginDevelopment && f.Origin != OriginOperator:
		return Keys{}, fmt.Errorf("%w: origin must be %s or %s", ErrKeys, OriginDevelopment, OriginOperator)
	case f.RotatedAt.IsZero():
		return Keys{}, fmt.Errorf("%w: rotated_at is missing", ErrKeys)
	}
	index, err := b64.DecodeString(f.Index)
	if err != nil || len(index) != 32 || b64.EncodeToString(index) != f.Index {
		return Keys{}, fmt.Errorf("%w: index must be 32 bytes in base64", ErrKeys) // the decoder's own error would quote it
	}
	keks, err := parseKEKs(f.KEK)
	if err != nil {
		return Keys{}, err
	}
	return (&secrets{origin: f.Origin, rotated: seconds(f.RotatedAt), keks: keks, index: index}).seal(), nil
}

func parseKEKs(text []byte) (*keyset.Handle, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, fmt.Errorf("%w: kek is not a Tink keyset", ErrKeys) // the library's own error would quote it
	}
	if _, err := h.Primary(); err != nil {
		return nil, fmt.Errorf("%w: kek: no primary key", ErrKeys)
	}
	for i := range h.Len() {
		if !isKEK(h, i) {
			return nil, fmt.Errorf("%w: kek: key[%d] is not an enabled AES-256-GCM key with Tink's prefix", ErrKeys, i)
		}
	}
	return h, nil
}

func isKEK(h *keyset.Handle, i int) bool {
	e, err := h.Entry(i)
	if err != nil || e.KeyStatus() != keyset.Enabled {
		return false
	}
	key, ok := e.Key().(*aesgcm.Key)
	return ok && key.Parameters().Equal(kekParameters())
}

// offset is the place of a JSON error without its content.
func offset(err error) string {
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf(" at byte %d", syntax.ByteOffset)
	case errors.As(err, &semantic):
		return fmt.Sprintf(" at byte %d", semantic.ByteOffset)
	}
	return ""
}
