package app

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/job"
	"zhiqing/internal/rights"
)

// alarmsEvery is how often deadlines are looked at: far finer than the working days in which they are counted.
const alarmsEvery = time.Minute

// alarms tells the operator of requests that run out of time. Every server counts what is open for its own /metrics; each
// alarm is marked in the request, so one server rings. Beside it every server hears of a break of the audit, and of
// emergencies of which the person has not been told.
func (a *App) alarms() job.Job {
	return job.Job{Name: "alarms", Every: alarmsEvery, Everywhere: true, Run: func(ctx context.Context) (int, error) {
		n, err := a.Rights.Ring(ctx)
		return n, errors.Join(err, a.watchAudit(ctx), a.watchDisclosures(ctx), a.watchInspection(ctx))
	}}
}

// ring is the operator's alarm: a line with the number alone.
func (a *App) ring(t rights.Type, number string, u rights.Urgency) {
	say := a.log.Warn
	if u == rights.Overdue {
		say = a.log.Error
	}
	say("a rights request is running out of time", "type", t, "number", number, "urgency", u)
}

// openRequests is what /metrics shows.
func (a *App) openRequests() map[string]int {
	counts := map[string]int{}
	for u, n := range a.Rights.Open() {
		counts[string(u)] = n
	}
	return counts
}
