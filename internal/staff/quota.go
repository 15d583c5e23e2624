package staff

import (
	"context"
	"slices"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
)

// hour is the sliding window of a quota.
const hour = time.Hour

// Spend counts one more of what, before it is done. Beyond the table's figure for an hour it refuses, and once an hour it
// raises an alarm in the audit: `staff.bulk_blocked` (requirements part H). Fault: ErrQuota, with the time to wait.
func (d *Desk) Spend(ctx context.Context, by Officer, what Quota) error {
	id, now, limit := by.ID+"/"+string(what), d.o.Now(), d.o.Roles.PerHour(what)
	over := false
	s, err := d.spent.Upsert(ctx, id, func(s *spent, _ bool) error {
		s.At = slices.DeleteFunc(s.At, func(at time.Time) bool { return now.Sub(at) >= hour })
		if over = len(s.At) >= limit; over {
			return store.ErrUnchanged
		}
		s.At = append(s.At, now)
		return nil
	})
	if err != nil || !over {
		return err
	}
	if now.Sub(s.Alarmed) >= hour {
		if err := d.alarm(ctx, by, id, what); err != nil {
			return err
		}
	}
	wait := hour
	if len(s.At) > 0 {
		wait = s.At[0].Add(hour).Sub(now)
	}
	return ErrQuota.After(wait)
}

// alarm writes the row before the mark: a crash in between raises it twice, and never not at all.
func (d *Desk) alarm(ctx context.Context, by Officer, id string, what Quota) error {
	if err := d.note(ctx, by, audit.Row{Action: "staff.bulk_blocked", Fields: []string{string(what)}, Result: denied}); err != nil {
		return err
	}
	_, err := d.spent.Upsert(ctx, id, func(s *spent, _ bool) error {
		s.Alarmed = d.o.Now()
		return nil
	})
	return err
}
