package app

import (
	"context"
	"time"

	"zhiqing/internal/inspection"
	"zhiqing/internal/subject"
)

// inspectEvery is how often the store is inspected.
const (
	inspectionJob = "inspection"
	inspectEvery  = 24 * time.Hour
)

func (a *App) openInspection(ctx context.Context) (err error) {
	a.Inspection, err = inspection.Open(ctx, inspection.Options{
		Engine: a.engine, Schemas: a.schemas.all, People: a.Subjects, Remains: a.remains, Now: a.now,
		Unfounded: func(ctx context.Context, s *subject.Subject) ([]string, error) {
			return a.Profiles.Unfounded(ctx, s, a.Consents.Given)
		},
	})
	return err
}

// remains asks everybody who keeps data what of an account can still be read.
func (a *App) remains(ctx context.Context, id string) (left []string, err error) {
	for _, h := range a.Holdings() {
		found, err := h.Remains(ctx, id)
		if err != nil {
			return nil, err
		}
		left = append(left, found...)
	}
	return left, nil
}

// inspect asks the store whether what is kept is what was promised, and tells the operator what is not.
func (a *App) inspect(ctx context.Context) (int, error) {
	o, err := a.Inspection.Inspect(ctx)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for _, answer := range o.Answers {
		if n += answer.Looked; answer.Found > 0 {
			a.log.Error("the inspection found what should not be", "question", string(answer.Question), "found", answer.Found, "first", answer.Named[0])
		}
	}
	return int(n), nil
}

// watchInspection reads the last outcome, whichever server inspected, for this one's /metrics.
func (a *App) watchInspection(ctx context.Context) error {
	o, ok, err := a.Inspection.Last(ctx)
	if err == nil && ok {
		a.inspected.Store(&o)
	}
	return err
}

// foundByInspection is how much the last inspection found for each question; nothing before the first.
func (a *App) foundByInspection() map[string]int64 {
	found := map[string]int64{}
	if o := a.inspected.Load(); o != nil {
		for _, answer := range o.Answers {
			found[string(answer.Question)] = answer.Found
		}
	}
	return found
}
