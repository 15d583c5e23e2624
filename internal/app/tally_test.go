package app_test

import (
	"slices"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/tally"
)

// What people do is in the overview once it is flushed; and the night's count of the truth, which knows nothing of what was
// counted on the way, finds the same.
func TestTheOverviewIsTheTruthBeforeTheNightAndAfter(t *testing.T) {
	row := prove.Row(t, "F-8")
	apptest.OnEveryEngine(t, func(t *testing.T, url string) {
		p := apptest.Start(t, url)
		if left := tally.Midnight(p.Clock.Now()).Add(24 * time.Hour).Sub(p.Clock.Now()); left < time.Hour {
			p.Clock.Advance(left) // the story happens on one day
		}
		today := tally.Day(p.Clock.Now())
		month := today[:len("2006-01")]
		version := current(p, "privacy")
		for i := range 30 {
			token := p.Login("p" + string(rune('a'+i%26)) + string(rune('a'+i/26))).Str("access_token")
			verb := "grant"
			if i >= 20 {
				verb = "refuse"
			}
			p.Want(201, decide(token, decision("analytics.usage", verb, version)))
			if i < 10 {
				p.Want(200, call{Method: "DELETE", Path: "/v1/me/consents/analytics.usage", Token: token})
			}
			if i < 12 {
				done(p, token, p.Want(201, ask(token, "access")).Str("number"))
			}
			if i < 11 {
				p.Want(201, ask(token, "correct", "detail", "请更正昵称"))
			}
		}
		for range 10 {
			p.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": apptest.Code("blocked")}})
		}
		told := func() map[string]tally.Shown {
			for _, job := range []string{"tally.flush", "tally.look"} {
				_, err := p.App.Jobs.RunOnce(t.Context(), job)
				must(t, err)
			}
			o, err := p.App.Tally.Overview(t.Context(), p.Clock.Now())
			must(t, err)
			usage := o.Purposes[slices.IndexFunc(o.Purposes, func(c tally.Chart) bool { return c.Key == "analytics.usage" })]
			return map[string]tally.Shown{
				"given": at(t, usage, tally.Given, today), "refused": at(t, usage, tally.Refused, today), "withdrawn": at(t, usage, tally.Withdrawn, today),
				"live": at(t, o.Live, "live", "analytics.usage"), "open": at(t, o.Requests, "0-5", "correct"),
				"lodged access": at(t, o.Lodged, "access", month), "lodged correct": at(t, o.Lodged, "correct", month),
				"in time": at(t, o.Deadlines, tally.Met, month), "late": at(t, o.Deadlines, tally.Missed, month),
				"logins": at(t, o.Logins, tally.WeChat, today), "fallbacks": at(t, o.Logins, "fallback", today),
			}
		}
		want := map[string]int64{
			"given": 20, "refused": 10, "withdrawn": 10, "live": 10, "open": 11, "lodged access": 12, "lodged correct": 11, "in time": 12, "late": 0,
			"logins": 30, "fallbacks": 10,
		}
		compare := func(when string) {
			for what, shown := range told() {
				row.That(shown == (tally.Shown{N: want[what]}), "%s: %s is %+v, want %d", when, what, shown, want[what])
			}
		}
		compare("at once")
		p.Clock.Advance(24*time.Hour + 15*time.Minute)
		_, err := p.App.Jobs.RunOnce(t.Context(), "tally.recount")
		must(t, err)
		compare("after the night")
		o, err := p.App.Tally.Overview(t.Context(), p.Clock.Now())
		must(t, err)
		if midnight := tally.Midnight(p.Clock.Now()); !o.Recounted.Equal(midnight) {
			t.Errorf("the truth was counted as of %v, want %v", o.Recounted, midnight)
		}
	})
}

// at is one point of a chart.
func at(t *testing.T, c tally.Chart, series, label string) tally.Shown {
	t.Helper()
	i := slices.IndexFunc(c.Series, func(s tally.Series) bool { return s.Key == series })
	j := slices.IndexFunc(c.Labels, func(l tally.Label) bool { return l.Key == label })
	if i < 0 || j < 0 {
		t.Fatalf("%s has no %s at %s", c.Key, series, label)
	}
	return c.Series[i].Points[j]
}
