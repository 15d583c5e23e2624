package purpose

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

// ErrUnknown says that no purpose was ever published under a digest.
var ErrUnknown = fault.Define(fault.Missing, "purpose.unknown", "没有这个处理目的。", "There is no such purpose.")

// Catalogue holds the operator's purposes and recipients, checked and resolved. After Publish nothing of it changes but what
// Stop switches off; many goroutines may read it.
type Catalogue struct {
	lists     atomic.Pointer[lists] // as they are now; replaced, never changed
	written   *lists                // as the files say
	published *store.Collection[record]
}

// lists are the catalogue at one moment.
type lists struct {
	here        []Purpose  // of the mini-program, in the file's order
	consentable []*Purpose // those of here that rest on consent
	elsewhere   []Purpose  // of other channels
	byCode      map[string]int
	recipients  []Recipient
}

func newCatalogue(purposes []Purpose, recipients []Recipient) *Catalogue {
	c := &Catalogue{written: listsOf(purposes, recipients)}
	c.lists.Store(c.written)
	return c
}

// now are the lists as they are at this moment.
func (c *Catalogue) now() *lists { return c.lists.Load() }

func listsOf(purposes []Purpose, recipients []Recipient) *lists {
	c := &lists{recipients: recipients, byCode: make(map[string]int, len(purposes))}
	for _, p := range purposes {
		if p.Channel != MiniProgram {
			c.elsewhere = append(c.elsewhere, p)
			continue
		}
		c.byCode[p.Code] = len(c.here)
		c.here = append(c.here, p)
	}
	for i := range c.here {
		if p := &c.here[i]; p.NeedsConsent() {
			c.consentable = append(c.consentable, p)
		}
	}
	return c
}

// All lists the purposes of the mini-program in the order of the file, switched off or not.
func (c *Catalogue) All() []Purpose { return slices.Clone(c.now().here) }

// Elsewhere lists the purposes of other channels, which are documented here and served by other systems.
func (c *Catalogue) Elsewhere() []Purpose { return slices.Clone(c.now().elsewhere) }

// Consentable lists the purposes of the mini-program that rest on consent, in the order of the file. The list is shared,
// because every reading of somebody's consents walks it: change nothing.
func (c *Catalogue) Consentable() []*Purpose { return c.now().consentable }

// Get returns the mini-program's purpose with this code. Purposes of other channels do not exist here.
func (c *Catalogue) Get(code string) (Purpose, bool) {
	now := c.now()
	i, ok := now.byCode[code]
	if !ok {
		return Purpose{}, false
	}
	return now.here[i], true
}

// Recipients lists who may receive data, in the order of the file, switched off or not.
func (c *Catalogue) Recipients() []Recipient { return slices.Clone(c.now().recipients) }

// Recipient returns the recipient with this code.
func (c *Catalogue) Recipient(code string) (Recipient, bool) {
	now := c.now()
	i := slices.IndexFunc(now.recipients, func(r Recipient) bool { return r.Code == code })
	if i < 0 {
		return Recipient{}, false
	}
	return now.recipients[i], true
}

// Samples lists the enabled recipients that are only examples. A production system has none: it would tell people that
// nobody real receives their data.
func (c *Catalogue) Samples() []Recipient {
	return slices.DeleteFunc(c.Recipients(), func(r Recipient) bool { return !r.Sample || !r.Enabled })
}

// ByDigest returns the purpose as it was defined when a consent pinned this digest, of any channel: a current one from
// memory, an earlier one from the store (after Publish), with Enabled false. ErrUnknown if it was never published.
func (c *Catalogue) ByDigest(ctx context.Context, digest string) (Purpose, error) {
	for _, list := range [][]Purpose{c.now().here, c.now().elsewhere} {
		for _, p := range list {
			if p.Digest == digest {
				return p, nil
			}
		}
	}
	if c.published == nil || !digestForm.MatchString(digest) {
		return Purpose{}, ErrUnknown
	}
	r, err := c.published.Get(ctx, digest)
	if errors.Is(err, store.ErrMissing) {
		return Purpose{}, ErrUnknown
	}
	if err != nil {
		return Purpose{}, err
	}
	return parseDefinition(r.Definition, digest)
}
