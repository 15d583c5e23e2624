package retention

import (
	"context"
	"regexp"
	"slices"
	"time"

	"zhiqing/internal/store"
)

// Event is something that happened to a thing and was reported by the system that knows: an order was completed.
type Event struct {
	Subject   string    // sub_…
	Category  string    // a data item's code
	Reference string    // that system's number for the thing: letters, digits and . _ : -, at most 64; no personal data
	Event     string    // one that a rule of the category starts at
	At        time.Time // when it happened; zero = not yet: the order is under way, the repair has begun
}

var (
	referenceForm = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
	subjectForm   = regexp.MustCompile(`^[a-z]{3}_[a-z0-9]{1,64}$`)
)

// early is how far in the future an event may lie: other systems' clocks are not ours.
const early = 5 * time.Minute

// Report notes an event that another system knows, once: the same report again changes nothing, and another time for the same
// event is ErrReported. ErrInvalid names what is not as required.
func (d *Desk) Report(ctx context.Context, e Event) error {
	switch {
	case !subjectForm.MatchString(e.Subject):
		return ErrInvalid.At("body.subject", "不是主体编号。", "This is no subject's id.")
	case len(d.o.Policy.rules[e.Category]) == 0:
		return ErrInvalid.At("body.category", "不是目录中的信息种类。", "This is no data item of the catalogue.")
	case !referenceForm.MatchString(e.Reference):
		return ErrInvalid.At("body.reference", "只能用字母、数字和 . _ : -，最多 64 个。", "Letters, digits and . _ : - only, at most 64.")
	case !d.o.Policy.starts(e.Category, e.Event) || ours(e.Event):
		return ErrInvalid.At("body.event", "没有规则从这一事项起算。", "No rule of this category starts at this event.")
	case !e.At.IsZero() && e.At.Year() < 2000 || e.At.After(d.o.Now().Add(early)):
		return ErrInvalid.At("body.at", "时间应当已经过去。", "The time must have passed.")
	}
	return d.Note(ctx, e)
}

// Note is Report for what this program knows by itself, such as the end of an account. The subject must be known.
func (d *Desk) Note(ctx context.Context, e Event) error {
	life, err := d.o.Life(ctx, e.Subject)
	if err != nil {
		return err
	}
	if !life.Known {
		return ErrInvalid.At("body.subject", "没有这个主体。", "There is no such subject.")
	}
	t := thing{Subject: e.Subject, Category: e.Category, Reference: e.Reference}
	_, err = d.things.Upsert(ctx, t.id(), func(v *thing, exists bool) error {
		if !exists {
			*v = t
		}
		return d.happened(v, e.Event, e.At.UTC().Truncate(time.Millisecond), life)
	})
	return err
}

func (d *Desk) happened(t *thing, event string, at time.Time, life Life) error {
	before, known := t.reported()[event]
	switch {
	case known && (at.IsZero() || before.Equal(at)):
		return store.ErrUnchanged
	case known && !before.IsZero():
		return ErrReported
	case at.IsZero():
		t.Awaited = append(t.Awaited, event)
	default:
		if t.Events == nil {
			t.Events = map[string]time.Time{}
		}
		t.Events[event] = at
		t.Awaited = slices.DeleteFunc(t.Awaited, func(e string) bool { return e == event })
	}
	t.Due, t.Tries = d.due(*t, life), 0
	return nil
}

// due is when the sweep should look at a thing. What no purpose keeps is due now.
func (d *Desk) due(t thing, life Life) time.Time {
	until, _ := d.o.Policy.until(t, life)
	if until.IsZero() {
		return d.o.Now()
	}
	return until
}

// Recompute reckons everything of a subject again. Call it when a purpose of theirs begins or ends.
func (d *Desk) Recompute(ctx context.Context, subject string) error {
	life, err := d.o.Life(ctx, subject)
	if err != nil {
		return err
	}
	return each(ctx, d.things, bySubject, store.Exact(subject), func(id string, _ thing) error {
		return d.look(ctx, id, func(t *thing) { t.Due, t.Tries = d.due(*t, life), 0 })
	})
}

// look changes when the sweep looks at a thing next. One that is gone is no error.
func (d *Desk) look(ctx context.Context, id string, change func(*thing)) error {
	_, err := d.things.Update(ctx, id, func(t *thing) error {
		change(t)
		return nil
	})
	return unlessMissing(err)
}
