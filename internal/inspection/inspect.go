package inspection

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// turns bound what is taken in turns: each night looks at every field of every profile, and with these goes on where the night
// before ended.
type turns struct {
	documents int // of each collection
	page      int // of them read at once
	erased    int64
}

var usual = turns{documents: 10_000, page: 200, erased: 500}

// People are the accounts; package subject keeps them.
type People interface {
	// Each visits every account in the order of ids. One that does not decode is visited with the error.
	Each(ctx context.Context, visit func(id string, s *subject.Subject, err error) error) error
	// Find reads one anew, or answers subject.ErrUnknown.
	Find(ctx context.Context, id string) (subject.Subject, error)
}

// Options are what a Desk is made of. All fields are needed.
type Options struct {
	Engine  store.Engine
	Schemas func() []store.Schema // of every collection that the program has opened
	People  People
	// Unfounded lists which fields of a profile were written with no consent before them, though they need one.
	Unfounded func(ctx context.Context, s *subject.Subject) ([]string, error)
	// Remains lists what can still be read of an erased account, in every store.
	Remains func(ctx context.Context, id string) ([]string, error)
	Now     func() time.Time
}

// Desk inspects. Safe for concurrent use, also by several processes on one store; one at a time should inspect.
type Desk struct {
	o        Options
	most     turns
	outcomes *store.Collection[Outcome]
}

// last is the one document of the last outcome.
const last = "last"

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	outcomes, err := store.Open[Outcome](ctx, o.Engine, "inspections")
	return &Desk{o, usual, outcomes}, err
}

// Last is how the last inspection went; ok is false when there was none.
func (d *Desk) Last(ctx context.Context) (o Outcome, ok bool, err error) {
	o, err = d.outcomes.Get(ctx, last)
	if errors.Is(err, store.ErrMissing) {
		return Outcome{}, false, nil
	}
	return o, err == nil, err
}

// Inspect answers every question and keeps the answers. What is interrupted leaves the last outcome as it was.
func (d *Desk) Inspect(ctx context.Context) (Outcome, error) {
	before, _, err := d.Last(ctx)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Next: map[string]string{}}
	first, erased, next, err := d.accounts(ctx, before.Next[accounts])
	if err != nil {
		return Outcome{}, err
	}
	if next != "" {
		o.Next[accounts] = next
	}
	declared, err := d.documents(ctx, before.Next, o.Next)
	if err != nil {
		return Outcome{}, err
	}
	o.At, o.Answers = d.o.Now(), []Answer{first, declared, erased}
	return d.outcomes.Upsert(ctx, last, func(kept *Outcome, _ bool) error {
		*kept = o
		return nil
	})
}

// accounts is where Outcome.Next keeps how far the erased accounts are; no collection is called that.
const accounts = "accounts:erased"

// accounts looks at every profile, and at the erased accounts whose turn it is: those behind after.
func (d *Desk) accounts(ctx context.Context, after string) (first, erased Answer, next string, err error) {
	first, erased = Answer{Question: ConsentFirst}, Answer{Question: Erased}
	err = d.o.People.Each(ctx, func(id string, s *subject.Subject, broken error) error {
		switch {
		case broken != nil:
			first.looked(broken.Error())
			return nil
		case s.State != subject.Erased:
			return d.profile(ctx, s, &first)
		case id <= after || erased.Looked == d.most.erased:
			return nil
		}
		left, err := d.o.Remains(ctx, id)
		if err != nil {
			return err
		}
		for i := range left {
			left[i] = id + ": " + left[i]
		}
		erased.looked(left...)
		if erased.Looked == d.most.erased {
			next = id
		}
		return nil
	})
	return first, erased, next, err
}

// profile looks at the fields of one account. What seems wrong is read anew first: the account may have been erased, and its
// consents with it, since it was read.
func (d *Desk) profile(ctx context.Context, s *subject.Subject, a *Answer) error {
	wrong, err := d.o.Unfounded(ctx, s)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		if wrong, err = d.again(ctx, s.ID); err != nil {
			return err
		}
	}
	a.Looked += int64(len(s.Fields))
	for _, name := range wrong {
		a.found(s.ID + ": " + name)
	}
	return nil
}

func (d *Desk) again(ctx context.Context, id string) ([]string, error) {
	s, err := d.o.People.Find(ctx, id)
	switch {
	case errors.Is(err, subject.ErrUnknown):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return d.o.Unfounded(ctx, &s)
}

// documents looks at what is stored of each collection in its turn, and says in to where the next night goes on.
func (d *Desk) documents(ctx context.Context, from, to map[string]string) (Answer, error) {
	a := Answer{Question: Declared}
	for _, s := range d.o.Schemas() {
		r := store.Range{Limit: d.most.page}
		if after := from[s.Name]; after != "" {
			r.From = after + "\x01" // behind it, and before any other: ids hold no such byte
		}
		for n := 0; ; {
			page, err := d.o.Engine.Find(ctx, s.Name, store.ByID, r)
			if err != nil {
				return a, err
			}
			for _, doc := range page.Docs {
				a.looked(strangers(s, doc)...)
			}
			if page.Next == "" {
				break
			}
			if n += len(page.Docs); n >= d.most.documents {
				to[s.Name] = page.Docs[len(page.Docs)-1].ID
				break
			}
			r.After = page.Next
		}
	}
	return a, nil
}

var plain = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// strangers names the fields of a document that its schema does not have. A name that no programmer would give is not repeated:
// it may be anything.
func strangers(s store.Schema, doc store.Document) (names []string) {
	stored, err := doc.Fields()
	if err != nil {
		return []string{fmt.Sprintf("%s %s: cannot be read", s.Name, doc.ID)}
	}
	for _, key := range stored {
		if slices.Contains(s.Fields, key) {
			continue
		}
		if !plain.MatchString(key) {
			key = "?"
		}
		names = append(names, fmt.Sprintf("%s %s: %s", s.Name, doc.ID, key))
	}
	return names
}
