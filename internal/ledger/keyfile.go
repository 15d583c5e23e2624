package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// keysetFile is the file's shape. Binary values are in standard base64.
type keysetFile struct {
	Version int       `json:"version"`
	Origin  string    `json:"origin"`
	Root    string    `json:"root"`
	Signing []keyFile `json:"signing"`
}

type keyFile struct {
	Kid       string    `json:"kid"`
	Use       string    `json:"use"`
	CreatedAt time.Time `json:"created_at"`
	Private   string    `json:"private,omitzero"` // the 32-byte seed of RFC 8032
	Public    string    `json:"public,omitzero"`  // only once the key is retired
}

var b64 = base64.StdEncoding.Strict()

// Encode returns the keyset file with all its secrets, for the operator to store where nobody else reads.
func (k Keyset) Encode() []byte {
	f := keysetFile{Version: 1, Origin: k.open().origin, Root: b64.EncodeToString(k.open().root)}
	for _, key := range k.open().keys {
		kf := keyFile{Kid: key.kid, Use: key.use, CreatedAt: key.created}
		if key.private != nil {
			kf.Private = b64.EncodeToString(key.private.Seed())
		} else {
			kf.Public = b64.EncodeToString(key.public)
		}
		f.Signing = append(f.Signing, kf)
	}
	b, err := json.Marshal(f, jsontext.Multiline(true))
	if err != nil {
		panic("ledger: a keyset must be writable as JSON") // strings and times of a checked range
	}
	return append(b, '\n')
}

// ParseKeyset reads a keyset file. Every error wraps ErrKeyset and names the place, never the content.
func ParseKeyset(file []byte) (Keyset, error) {
	var f keysetFile
	if err := json.Unmarshal(file, &f, json.RejectUnknownMembers(true)); err != nil {
		return Keyset{}, fmt.Errorf("%w: not of the expected form%s", ErrKeyset, offset(err))
	}
	if f.Version != 1 {
		return Keyset{}, fmt.Errorf("%w: version must be 1", ErrKeyset)
	}
	if f.Origin != OriginDevelopment && f.Origin != OriginOperator {
		return Keyset{}, fmt.Errorf("%w: origin must be %s or %s", ErrKeyset, OriginDevelopment, OriginOperator)
	}
	s := &secrets{origin: f.Origin}
	var err error
	if s.root, err = bytes32(f.Root); err != nil {
		return Keyset{}, fmt.Errorf("%w: root %w", ErrKeyset, err)
	}
	for i, kf := range f.Signing {
		key, err := kf.parse()
		if err != nil {
			return Keyset{}, fmt.Errorf("%w: signing[%d]: %w", ErrKeyset, i, err)
		}
		if slices.ContainsFunc(s.keys, func(o signingKey) bool { return o.kid == key.kid }) {
			return Keyset{}, fmt.Errorf("%w: signing[%d]: the same key is there already", ErrKeyset, i)
		}
		s.keys = append(s.keys, key)
	}
	return s.seal().complete()
}

// complete makes sure that something can sign for every use.
func (k Keyset) complete() (Keyset, error) {
	for _, use := range uses {
		if _, ok := k.active(use); !ok {
			return Keyset{}, fmt.Errorf("%w: no private key for use %s", ErrKeyset, use)
		}
	}
	return k, nil
}

func (kf keyFile) parse() (signingKey, error) {
	key := signingKey{kid: kf.Kid, use: kf.Use, created: kf.CreatedAt}
	switch {
	case !slices.Contains(uses, kf.Use):
		return key, fmt.Errorf("use must be one of %v", uses)
	case kf.CreatedAt.IsZero():
		return key, errors.New("created_at is missing")
	case (kf.Private == "") == (kf.Public == ""):
		return key, errors.New("exactly one of private and public must be there")
	}
	half, err := bytes32(kf.Private + kf.Public)
	if err != nil {
		return key, fmt.Errorf("the key %w", err)
	}
	if key.public = half; kf.Private != "" {
		key.private = ed25519.NewKeyFromSeed(half)
		key.public = key.private.Public().(ed25519.PublicKey)
	}
	if thumbprint(key.public) != kf.Kid {
		return key, errors.New("kid is not the RFC 7638 thumbprint of the key")
	}
	return key, nil
}

func bytes32(text string) ([]byte, error) {
	b, err := b64.DecodeString(text)
	if err != nil || len(b) != 32 || b64.EncodeToString(b) != text {
		return nil, errors.New("must be 32 bytes in base64") // the decoder's own error would quote the text
	}
	return b, nil
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
