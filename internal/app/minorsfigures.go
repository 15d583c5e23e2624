package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/tally"
)

// MinorsFigures is what the yearly audit of minors' data tells (未成年人网络保护条例 art. 37). The filing tells children (under 14) from
// other minors, so each figure is by age band. They are exact: they are for the authority, under the signature of a pack, and
// on no page. Bands are those of now, but for decisions, which say their own.
type MinorsFigures struct {
	Law       string                      `json:"law"`
	From      string                      `json:"from"`      // first day in China
	Until     string                      `json:"until"`     // last day in China
	Accounts  map[string]map[string]int64 `json:"accounts"`  // as they stand now: band → state of guardianship
	Decisions map[string]map[string]int64 `json:"decisions"` // of the period: band → given, refused, withdrawn
	Requests  map[string]map[string]int64 `json:"requests"`  // received in the period: band → type; of guardians for children, too
	Access    map[string]int64            `json:"access"`    // of staff to minors' records: what was asked, approved, denied
	Missing   []string                    `json:"not_recorded"`
}

// erasedBand stands for minors whose account is erased: its band went with it.
const erasedBand = "erased"

// figuresOf counts the truth, not the counters, wherever it can: this runs a few times a year. most bounds the rows of the audit
// that are read, 0 = no bound. Errors: audit.ErrMany.
func (a *App) figuresOf(ctx context.Context, from, to time.Time, most int64) (MinorsFigures, error) {
	f := MinorsFigures{
		Law: "未成年人网络保护条例 第三十七条", From: tally.Day(from), Until: tally.Day(to.Add(-time.Millisecond)),
		Accounts: map[string]map[string]int64{}, Requests: map[string]map[string]int64{}, Access: map[string]int64{},
		Missing: []string{"incidents"},
	}
	var err error
	if f.Decisions, err = a.Tally.Yearly(ctx, tally.Day(from), tally.Day(to.Add(24*time.Hour-time.Millisecond))); err != nil {
		return f, err
	}
	if err := eachMinor(ctx, a, func(state string, band subject.Band) { count(f.Accounts, band, state) }); err != nil {
		return f, err
	}
	if err := f.requests(ctx, a, from, to); err != nil {
		return f, err
	}
	return f, f.access(ctx, a, from, to, most)
}

func count[B ~string](into map[string]map[string]int64, band B, what string) {
	if into[string(band)] == nil {
		into[string(band)] = map[string]int64{}
	}
	into[string(band)][what]++
}

// requests counts what was asked about minors.
func (f *MinorsFigures) requests(ctx context.Context, a *App, from, to time.Time) error {
	return a.Rights.Each(ctx, func(r rights.Request) error {
		if r.Subject == "" || r.ReceivedAt.Before(from) || !r.ReceivedAt.Before(to) {
			return nil
		}
		s, err := a.Subjects.Find(ctx, r.Subject)
		if errors.Is(err, subject.ErrUnknown) {
			return nil
		}
		switch band, _ := a.Subjects.BandOf(s); {
		case err != nil:
			return err
		case s.Erasure != nil && s.Erasure.Minor, s.State.Over() && r.Link != "":
			count(f.Requests, erasedBand, string(r.Type))
		case band.Minor():
			count(f.Requests, band, string(r.Type))
		}
		return nil
	})
}

// minorAccess begins the actions by which staff ask for a minor's record and are answered.
const minorAccess = "staff.minor_access_"

// access counts, by the audit, how often staff asked for a minor's record and what was answered.
func (f *MinorsFigures) access(ctx context.Context, a *App, from, to time.Time, most int64) error {
	read := int64(0)
	return pages(func(after string) (string, error) {
		rows, next, err := a.Audit.Find(ctx, audit.Query{From: from, To: to, Limit: store.MaxLimit, After: after})
		for _, r := range rows {
			if what, ok := strings.CutPrefix(r.Action, minorAccess); ok {
				f.Access[what]++
			}
		}
		if read += int64(len(rows)); most > 0 && read > most {
			return "", audit.ErrMany
		}
		return next, err
	})
}

// minorsFigures is figuresOf for the console, which packs no more than that.
func (a *App) minorsFigures(ctx context.Context, from, to time.Time) (any, error) {
	return a.figuresOf(ctx, from, to, staff.PackRows)
}
