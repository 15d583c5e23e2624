package app

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/job"
	"zhiqing/internal/rights"
	"zhiqing/internal/subject"
	"zhiqing/internal/tally"
)

// How often counts are written out, where requests and minors stand is looked at, and whether a night has passed since the
// truth was counted.
const (
	flushEvery   = 3 * time.Second
	lookEvery    = time.Minute
	recountEvery = 10 * time.Minute
	flushAtClose = 5 * time.Second
)

// openTally prepares the counters of the overview. It comes before what is counted; the truth is read once everything is open.
func (a *App) openTally(ctx context.Context) (err error) {
	a.Tally, err = tally.Open(ctx, tally.Options{
		Engine: a.engine, Truth: truth{a}, Server: ident.Source{Reader: rand.Reader}.New("srv"), Now: a.now,
		Workdays: a.calendar.Between, DueIn: a.config.Operator.ComplaintDays, Titles: a.tallyTitles(),
	})
	if err != nil {
		return err
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushAtClose)
		defer cancel()
		_, err := a.Tally.Flush(ctx)
		return err
	})
	return nil
}

// tallyJobs keep the counters: each server writes out its own, and one of all counts the truth.
func (a *App) tallyJobs() []job.Job {
	return []job.Job{
		{Name: "tally.flush", Every: flushEvery, Run: a.Tally.Flush, Everywhere: true},
		{Name: "tally.look", Every: lookEvery, Run: a.Tally.Look},
		{Name: "tally.recount", Every: recountEvery, Run: a.Tally.Recount},
	}
}

// decided are the outcomes that are counted, by the state that an entry says.
var decided = map[consent.State]string{
	consent.Given: tally.Given, consent.Renewed: tally.Given, consent.Refused: tally.Refused, consent.Withdrawn: tally.Withdrawn,
}

// countConsents hears of each change of a book.
func (a *App) countConsents(c consent.Change) {
	for _, s := range c.Said {
		outcome, counts := decided[s.State]
		switch {
		case !counts:
		case c.Guest:
			a.Tally.Add(tally.Guests, c.At, 1, s.Purpose, outcome)
		default:
			a.Tally.Add(tally.Decided, c.At, 1, s.Purpose, outcome)
			if subject.Band(s.Band).Minor() {
				a.Tally.Add(tally.Minors, c.At, 1, s.Band, outcome)
			}
		}
	}
	for _, purpose := range c.Began {
		a.Tally.Began(c.At, purpose)
	}
	for _, purpose := range c.Ceased {
		a.Tally.Ceased(c.At, purpose)
	}
}

// countLodged hears of each request that is written down.
func (a *App) countLodged(r rights.Request) {
	a.Tally.Add(tally.Lodged, r.LodgedAt(), 1, string(r.Type))
}

// countEnded hears of each request that somebody is told the end of.
func (a *App) countEnded(r rights.Request, to rights.State) {
	if to == rights.Fulfilled || to == rights.Refused {
		a.Tally.Add(tally.Ended, a.now(), 1, kept(a.now(), r.DueAt))
	}
}

// kept says whether a deadline was.
func kept(at, due time.Time) string {
	if at.After(due) {
		return tally.Missed
	}
	return tally.Met
}

// truth reads what is counted from those who keep it.
type truth struct{ a *App }

// Count reads books and requests.
func (t truth) Count(ctx context.Context, from, to time.Time, c *tally.Census) error {
	err := t.a.Consents.Count(ctx, from, to, consent.Counter{
		Live: c.Live,
		Said: func(at time.Time, s consent.Said) {
			outcome, counts := decided[s.State]
			if !counts {
				return
			}
			c.Flow(tally.Decided, at, s.Purpose, outcome)
			if subject.Band(s.Band).Minor() {
				c.Flow(tally.Minors, at, s.Band, outcome)
			}
		},
	})
	if err != nil {
		return err
	}
	return t.a.Rights.Each(ctx, func(r rights.Request) error {
		if at := r.LodgedAt(); !at.Before(from) && at.Before(to) {
			c.Flow(tally.Lodged, at, string(r.Type))
		}
		if at := r.EndedAt(); !at.Before(from) && at.Before(to) {
			c.Flow(tally.Ended, at, kept(at, r.DueAt))
		}
		return nil
	})
}

// Look reads the queue of requests and the accounts of minors.
func (t truth) Look(ctx context.Context, c *tally.Census) error {
	err := pages(func(after string) (string, error) {
		list, next, err := t.a.Rights.Queue(ctx, after, lookPage)
		for _, r := range list {
			c.Open(string(r.Type), r.DueAt)
		}
		return next, err
	})
	return errors.Join(err, eachMinor(ctx, t.a, func(state string, band subject.Band) { c.Minor(state, string(band)) }))
}

// eachMinor shows the accounts of minors that are not over.
func eachMinor(ctx context.Context, a *App, f func(state string, band subject.Band)) error {
	for _, state := range guardianships {
		err := pages(func(after string) (string, error) {
			list, next, err := a.Subjects.WithMinority(ctx, state.Key, after, lookPage)
			for _, s := range list {
				band, _ := a.Subjects.BandOf(s)
				f(state.Key, band)
			}
			return next, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const lookPage = 500

// pages reads a listing to its end.
func pages(read func(after string) (next string, err error)) error {
	for after := ""; ; {
		next, err := read(after)
		if after = next; err != nil || next == "" {
			return err
		}
	}
}

// label is a code with its words.
func label[T ~string](code T, zh, en string) tally.Label {
	return tally.Label{Key: string(code), Text: fault.Text{ZH: zh, EN: en}}
}

// guardianships are the states in which a minor's account can be, in the order of a life.
var guardianships = []tally.Label{
	label(guardian.Pending, "未邀请监护人", "No guardian asked"), label(guardian.Invited, "已邀请监护人", "Guardian invited"),
	label(guardian.Reviewing, "监护人查看中", "Being reviewed"), label(guardian.Active, "监护人已同意", "Guardian consents"),
	label(guardian.Reconsent, "待重新同意", "To be given again"), label(guardian.Disputed, "监护人意见不一", "Disputed"),
	label(guardian.Transition14, "满 14 周岁待确认", "Turned 14"), label(guardian.Transition18, "满 18 周岁待确认", "Turned 18"),
	label(guardian.Refused, "已拒绝，待删除", "Refused, to be erased"), label(guardian.Withdrawn, "已撤回，待删除", "Withdrawn, to be erased"),
	label(guardian.Expired, "逾期未同意，待删除", "Timed out, to be erased"),
}

func (a *App) tallyTitles() tally.Titles {
	t := tally.Titles{
		Guardianships: guardianships,
		Bands: []tally.Label{
			label(subject.Under14, "未满 14 周岁", "Under 14"), label(subject.From14, "14 至 17 周岁", "14 to 17"),
		},
		Fallbacks: []tally.Label{
			label("wechat_unavailable", "微信没有响应", "WeChat did not answer"), label("wechat_limited", "微信限制了调用次数", "WeChat limited the calls"),
			label("wechat_blocked", "微信拦截了该用户", "WeChat blocked the user"),
		},
		Requests: []tally.Label{
			label(rights.Access, "查阅", "Access"), label(rights.Copy, "复制", "Copy"), label(rights.Transfer, "转移", "Transfer"),
			label(rights.Correct, "更正", "Correct"), label(rights.Supplement, "补充", "Supplement"), label(rights.Delete, "删除", "Delete"),
			label(rights.Restrict, "限制处理", "Restrict"), label(rights.Object, "反对处理", "Object"), label(rights.Explain, "解释说明", "Explain"),
			label(rights.WithdrawAll, "撤回全部同意", "Withdraw all"), label(rights.CancelAccount, "注销帐户", "Close account"),
			label(rights.DeceasedRelative, "已故近亲属", "Deceased relative"), label(rights.Complaint, "投诉", "Complaint"),
		},
	}
	for _, p := range a.purposes.Consentable() {
		t.Purposes = append(t.Purposes, tally.Label{Key: p.Code, Text: fault.Text{ZH: p.Title.ZH, EN: p.Title.EN}})
	}
	return t
}
