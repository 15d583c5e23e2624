package subject

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/job"
	"zhiqing/internal/store"
)

// sweepBatch bounds one step of a sweep.
const sweepBatch = 200

// MaxFound bounds the listings below; nobody has that many children, and package guardian lets nobody have more.
const MaxFound = 50

// WithToken returns the minor whose invitation has this token hash, or ErrUnknown.
func (r *Register) WithToken(ctx context.Context, hash string) (Subject, error) {
	return r.one(ctx, byToken, hash)
}

// WithLink returns the minor to whom this guardianship belongs, or ErrUnknown.
func (r *Register) WithLink(ctx context.Context, link string) (Subject, error) {
	return r.one(ctx, byLink, link)
}

// GuardedBy lists the minors with a link, of whatever state, of this guardian: all of them, also where claims at the same
// moment have made them more than MaxFound, so that whoever ends a guardian's links forgets none.
func (r *Register) GuardedBy(ctx context.Context, guardian string) ([]Subject, error) {
	exact := store.Exact(guardian)
	exact.Limit = MaxFound
	var list []Subject
	for {
		found, next, err := r.records.subjects.Find(ctx, byGuardian, exact)
		some, err := values(found, next, err)
		list = append(list, some...)
		if err != nil || next == "" {
			return list, err
		}
		exact.After = next
	}
}

// WithPhone lists the subjects whose own number has this blind index.
func (r *Register) WithPhone(ctx context.Context, index string) ([]Subject, error) {
	return r.all(ctx, byPhone, index)
}

// WithGuardianPhone lists the minors that have a link verified by the number with this blind index.
func (r *Register) WithGuardianPhone(ctx context.Context, index string) ([]Subject, error) {
	return r.all(ctx, byGuardianPhone, index)
}

// Each visits every subject, erased ones too, in the order of ids. One that does not decode is visited with the error.
func (r *Register) Each(ctx context.Context, visit func(id string, s *Subject, err error) error) error {
	return r.records.subjects.Walk(ctx, "", visit)
}

// EachDue calls f for every subject for which the clock has something to do by now, of several at once; see EachTimed.
func (r *Register) EachDue(ctx context.Context, f func(Subject) error) (int, error) {
	return r.each(ctx, store.Before(r.o.Now().Add(time.Millisecond)), f)
}

// EachTimed calls f for every subject that the clock will move some day, of several at once: all minors, and what is being
// erased. It goes by pages; an error of f does not end it, and the first one is returned. It returns how many there were.
func (r *Register) EachTimed(ctx context.Context, f func(Subject) error) (int, error) {
	return r.each(ctx, store.Range{}, f)
}

func (r *Register) each(ctx context.Context, page store.Range, f func(Subject) error) (n int, first error) {
	page.Limit = sweepBatch
	for ctx.Err() == nil {
		found, next, err := r.records.subjects.Find(ctx, byDue, page)
		if err != nil {
			return n, err
		}
		_, err = job.Spread(ctx, len(found), func(i int) error { return f(found[i].Value) })
		if n += len(found); first == nil {
			first = err
		}
		if next == "" {
			return n, first
		}
		page.After = next
	}
	return n, errors.Join(first, ctx.Err())
}

func (r *Register) one(ctx context.Context, index, key string) (Subject, error) {
	found, err := r.find(ctx, index, key, 1)
	if err != nil || len(found) == 0 {
		return Subject{}, orUnknown(err)
	}
	return found[0], nil
}

func (r *Register) all(ctx context.Context, index, key string) ([]Subject, error) {
	return r.find(ctx, index, key, MaxFound)
}

func (r *Register) find(ctx context.Context, index, key string, limit int) ([]Subject, error) {
	exact := store.Exact(key)
	exact.Limit = limit
	return values(r.records.subjects.Find(ctx, index, exact))
}

func orUnknown(err error) error {
	if err == nil {
		return ErrUnknown
	}
	return err
}

func values(found []store.Found[Subject], _ string, err error) ([]Subject, error) {
	var list []Subject
	for _, f := range found {
		list = append(list, f.Value)
	}
	return list, err
}

// Rewrap brings every subject's data key under the newest key-encryption key: a pass over all of them that may be
// interrupted and begun again. It returns how many were changed.
func (r *Register) Rewrap(ctx context.Context) (int, error) {
	changed := 0
	page := store.Range{Limit: sweepBatch}
	for ctx.Err() == nil {
		found, next, err := r.records.subjects.Find(ctx, store.ByID, page)
		if err != nil {
			return changed, err
		}
		for _, f := range found {
			again, err := r.rewrap(ctx, f.Value)
			if err != nil {
				return changed, err
			}
			if again {
				changed++
			}
		}
		if next == "" {
			return changed, nil
		}
		page.After = next
	}
	return changed, ctx.Err()
}

func (r *Register) rewrap(ctx context.Context, s Subject) (changed bool, err error) {
	if len(s.Key) == 0 {
		return false, nil
	}
	if _, needed, err := r.o.Vault.Rewrap(s.ID, s.Key); err != nil || !needed {
		return false, err
	}
	_, err = r.Change(ctx, s.ID, func(s *Subject) error {
		if len(s.Key) == 0 {
			return store.ErrUnchanged
		}
		next, needed, err := r.o.Vault.Rewrap(s.ID, s.Key)
		if err != nil || !needed {
			return orUnchanged(err)
		}
		s.Key, changed = next, true
		return nil
	})
	return changed, err
}

func orUnchanged(err error) error {
	if err == nil {
		return store.ErrUnchanged
	}
	return err
}
