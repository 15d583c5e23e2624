package vault

import "encoding/binary"

// Place ties a ciphertext to where it is stored: it opens at no other place.
type Place struct{ Collection, Document, Field string }

// bind is the associated data of a sealed field.
func (p Place) bind(owner string) []byte {
	return join("zhiqing/vault/field/v1", owner, p.Collection, p.Document, p.Field)
}

// bindKey is the associated data of an owner's wrapped data key.
func bindKey(owner string) []byte { return join("zhiqing/vault/key/v1", owner) }

// join writes each part after its length, so that no two lists of parts give the same bytes.
func join(parts ...string) []byte {
	size := 0
	for _, p := range parts {
		size += binary.MaxVarintLen64 + len(p)
	}
	b := make([]byte, 0, size)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}
