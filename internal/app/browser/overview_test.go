//go:build browser

package browser

import (
	"fmt"
	"math"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
	"zhiqing/internal/tally"
)

// busy counts as a growing service would in a year, week by week.
func busy(t *testing.T, p *apptest.Program) {
	t.Helper()
	kinds := []string{"access", "copy", "correct", "delete", "complaint"}
	for back := range 365 {
		at := p.Clock.Now().AddDate(0, 0, -back)
		level := 600 * (1 + 0.35*math.Sin(float64(at.YearDay())*2*math.Pi/7)) * math.Exp(-float64(back)/200)
		count := func(share float64) int64 { return int64(level * share) }
		for i, purpose := range []string{"account.profile", "account.phone", "improvement.product"} {
			share := 1 / float64(1+i)
			for range count(share * .4) {
				p.App.Tally.Began(at, purpose)
			}
			for outcome, part := range map[string]float64{tally.Given: .7 - .2*float64(i), tally.Refused: .1 + .15*float64(i), tally.Withdrawn: .04} {
				p.App.Tally.Add(tally.Decided, at, count(share*part), purpose, outcome)
			}
		}
		for i, kind := range kinds {
			p.App.Tally.Add(tally.Lodged, at, count(.02/float64(1+i)), kind)
		}
		p.App.Tally.Add(tally.Ended, at, count(.06), tally.Met)
		p.App.Tally.Add(tally.Ended, at, count(.004), tally.Missed)
		p.App.Tally.Add(tally.Logins, at, count(3), tally.WeChat)
		for i, reason := range []string{"wechat_unavailable", "wechat_limited", "wechat_blocked"} {
			p.App.Tally.Add(tally.Logins, at, count(.05/float64(1+i)), "fallback", reason)
		}
		if _, err := p.App.Tally.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestABusyYearIsReadAtAGlance(t *testing.T) {
	p := apptest.Start(t, "")
	for i := range 24 {
		who := adult(t, p, fmt.Sprintf("adult%d", i))
		asks(p, who, map[string]any{"type": []string{"correct", "supplement"}[i/12], "detail": "昵称写错了"})
		if i < 12 {
			minor(t, p, fmt.Sprintf("minor%d", i))
		}
		if i == 11 {
			p.Clock.Advance(10 * 24 * time.Hour)
		}
	}
	busy(t, p)
	if _, err := p.App.Tally.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := open(t, p, hire(t, p, "root", staff.Administrator))
	w.signIn()
	w.visit("/console/overview")
	w.inspect("overview-busy")
}
