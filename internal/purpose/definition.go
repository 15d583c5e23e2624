package purpose

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/canon"
)

// define fills Definition and Digest from the other fields.
func (p *Purpose) define() error {
	definition, err := canon.Bytes(p)
	if err != nil {
		return fmt.Errorf("define %s: %w", p.Code, err)
	}
	p.Definition, p.Digest = definition, digest(definition)
	return nil
}

func digest(definition []byte) string {
	sum := sha256.Sum256(definition)
	return hex.EncodeToString(sum[:])
}

var errDigest = errors.New("purpose: a stored definition does not have its digest")

// parseDefinition gives a purpose back from its definition. Switches are not part of it, so Enabled stays false: an old
// definition can be shown, and nothing can be granted under it.
func parseDefinition(definition []byte, want string) (Purpose, error) {
	if digest(definition) != want {
		return Purpose{}, errDigest
	}
	var p Purpose
	if err := json.Unmarshal(definition, &p); err != nil {
		return Purpose{}, fmt.Errorf("purpose: stored definition %s: %w", want, err)
	}
	p.Recipients = make([]string, 0, len(p.ToWhom))
	for _, r := range p.ToWhom {
		p.Recipients = append(p.Recipients, r.Code)
	}
	p.Definition, p.Digest = definition, want
	return p, nil
}
