package message

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// errMisuse says that a caller's kind or reference is none. It does not repeat them.
var errMisuse = errors.New("message: no such kind, or a reference that is no code")

var lower = base32.NewEncoding(strings.ToLower(ident.Alphabet)).WithPadding(base32.NoPadding)

// idOf gives the same message the same id, so that telling twice stores once.
func idOf(subject, key string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []string{subject, key}))
	return idPrefix + "_" + lower.EncodeToString(sum[:16])
}

// Tell leaves a message for a person, once per key: whoever is not sure tells again. An account that is over is told
// nothing. key may be any text; it is hashed.
func (d *Desk) Tell(ctx context.Context, who string, kind Kind, refs Refs, key string) error {
	if !kind.Known() || !refs.areCodes() || who == "" {
		return errMisuse
	}
	now := d.o.Now()
	m := Message{ID: idOf(who, key), Subject: who, Kind: kind, Refs: refs, At: now, Expires: now.Add(Life)}
	if d.o.Templates[kind].ID != "" {
		m.WeChat = &delivery{Next: now}
	}
	if err := d.records.messages.Insert(ctx, m.ID, m); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	return d.takeBack(ctx, m)
}

// takeBack removes a message whose person is gone. It looks after the insert: an erasure that began before it is seen here,
// and one that begins later removes the message itself.
func (d *Desk) takeBack(ctx context.Context, m Message) error {
	s, err := d.o.Subjects.Find(ctx, m.Subject)
	if err != nil && !errors.Is(err, subject.ErrUnknown) {
		return err
	}
	if err == nil && !s.State.Over() {
		return nil
	}
	_, err = d.records.messages.Delete(ctx, m.ID, nil)
	return err
}
