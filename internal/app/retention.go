package app

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/ident"
	"zhiqing/internal/profile"
	"zhiqing/internal/retention"
	"zhiqing/internal/rights"
	"zhiqing/internal/subject"
)

// Here periods of retention meet what they are about: accounts, consents, profiles.

// retentionJob lets go of what is over, retentionEvery, at most retentionBatch things at a time: the next run goes on.
const (
	retentionJob   = "retention"
	retentionEvery = time.Minute
	retentionBatch = 20_000
)

// consentRecord is the category of a consent book, which this program keeps itself.
const consentRecord = "consent_record"

// openRetention plugs the desk together. It comes after the accounts, whose lives it asks for.
func (a *App) openRetention(ctx context.Context) (err error) {
	a.Retention, err = retention.Open(ctx, retention.Options{
		Engine: a.engine, Policy: a.periods, Eraser: expiry{a}, Life: a.life, Guard: a.guardAccount,
		Own: []string{consentRecord}, Now: a.now, IDs: ident.Source{Reader: rand.Reader},
	})
	return err
}

// life is where an account stands, for package retention.
func (a *App) life(ctx context.Context, id string) (retention.Life, error) {
	s, err := a.Subjects.Find(ctx, id)
	switch {
	case errors.Is(err, subject.ErrUnknown):
		return retention.Life{Closed: longAgo}, nil
	case err != nil:
		return retention.Life{}, err
	case s.State.Over():
		return retention.Life{Known: true, Closed: s.Erasure.At}, nil
	}
	live, err := a.people().Live(ctx, &s)
	return retention.Life{Known: true, Consented: live}, err
}

// longAgo is when an account has ended that nobody knows.
var longAgo = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// expiry lets go of what no purpose keeps any more. Of what other systems keep, this program has the clock alone, which the
// sweep deletes.
type expiry struct{ a *App }

// Expired implements retention.Eraser.
func (e expiry) Expired(ctx context.Context, category, id, reference string) error {
	var err error
	switch {
	case category == consentRecord:
		err = e.a.Consents.Forget(ctx, id)
	case slices.Contains(profile.Names(), category):
		err = e.a.Profiles.EraseFields(ctx, id, []string{category})
	}
	if err == nil {
		e.a.log.Info("a period of retention is over", "category", category, "subject", id, "reference", reference)
	}
	return err
}

// SweepRetention lets go of what is over, and raises the alarm for legal holds whose review is late.
func (a *App) SweepRetention(ctx context.Context) (int, error) {
	r, err := a.Retention.Sweep(ctx, retention.SweepOptions{Limit: retentionBatch})
	if r.Late > 0 {
		a.log.Warn("legal holds are past their review: decide whether each is still needed (zhiqing retention hold list)", "holds", r.Late)
	}
	a.metrics.HoldsLate(r.Late)
	return r.Total(), err
}

// inAccount reports whether a category lies in the account's own document, under its key: then a hold over it keeps the account.
func inAccount(category string) bool {
	return category == "" || slices.Contains(profile.Names(), category) ||
		slices.Contains([]string{"wechat_ids", "privacy_number", "account_state", "age_band", "guardian_link", "guardian_phone"}, category)
}

// guardAccount puts a hold on the account's document, or takes it off.
func (a *App) guardAccount(ctx context.Context, h retention.Hold) error {
	if !inAccount(h.Category) {
		return nil
	}
	_, err := a.Subjects.Change(ctx, h.Subject, func(s *subject.Subject) error {
		if h.Closed.IsZero() {
			return s.Hold(subject.Hold{ID: h.ID, What: h.Category})
		}
		return s.Release(h.ID)
	})
	if errors.Is(err, subject.ErrUnknown) {
		return nil
	}
	return err
}

// ReleaseHold closes a hold, and lets go on what has waited for it: consents that ended meanwhile take their fields along, a
// minor's account that is over is erased, and requests are worked on again. Again is no error.
func (a *App) ReleaseHold(ctx context.Context, id, by string) (retention.Hold, error) {
	h, err := a.Retention.Release(ctx, id, by)
	if err != nil {
		return h, err
	}
	if err := a.Profiles.Reconcile(ctx, h.Subject); err != nil {
		return h, err
	}
	if _, err := a.Guardians.Settle(ctx, h.Subject); err != nil && !errors.Is(err, subject.ErrUnknown) {
		return h, err
	}
	return h, a.Rights.Resume(ctx, h.Subject)
}

// holdLaw is why held data stays.
var holdLaw = fault.Text{ZH: "《个人信息保护法》第四十七条第二款：因诉讼等法律程序依法保全，停止除存储以外的处理；保全结束后即行删除", EN: "PIPL art. 47(2): a legal hold for proceedings keeps it; it is stored and nothing else, and is erased when the hold ends"}

// held is the answer to an erasure that meets a hold: processing stops, and the request waits with its reason.
func (x accounts) held(ctx context.Context, id, request string, purposes []string) error {
	if err := x.Pause(ctx, id, request, purposes, true); err != nil {
		return err
	}
	holds, err := x.a.Retention.Over(ctx, id)
	if err != nil {
		return err
	}
	var kept []rights.Kept
	for _, h := range holds {
		what := h.Category
		if what == "" {
			what = "account_state"
		}
		kept = append(kept, rights.Kept{What: what, Reason: "legal_hold", Law: holdLaw.ZH, LawEN: holdLaw.EN})
	}
	return rights.Held{Kept: kept}
}

func (a *App) clocks() holding.Holder { return clocks{a.Retention.Holder(), a} }

// consentEnded follows the end of a consent: fields that rested on it go, and periods are reckoned again. It may be repeated.
func (a *App) consentEnded(ctx context.Context, book string) error {
	if err := a.Profiles.Reconcile(ctx, book); err != nil {
		return err
	}
	return a.Retention.Recompute(ctx, book)
}

// clocks is the holder of the clocks. When an account ends, the clock of its consent book begins.
type clocks struct {
	holding.Holder
	a *App
}

// Erase implements holding.Holder.
func (c clocks) Erase(ctx context.Context, id string) ([]holding.Kept, error) {
	s, err := c.a.Subjects.Find(ctx, id)
	if errors.Is(err, subject.ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.Erasure != nil {
		err = c.a.Retention.Note(ctx, retention.Event{
			Subject: id, Category: consentRecord, Reference: "book", Event: "relation_ended", At: s.Erasure.At,
		})
	}
	if err != nil {
		return nil, err
	}
	return c.Holder.Erase(ctx, id)
}
