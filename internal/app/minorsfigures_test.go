package app_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/tally"
)

// What the yearly audit of minors' data asks for is in the auditor's pack, by age band, exact, and only for the period.
func TestThePackForAnAuditorHoldsTheFiguresOnMinors(t *testing.T) {
	row := prove.Row(t, "B3-37")
	apptest.OnEveryEngine(t, func(t *testing.T, url string) {
		p := apptest.Start(t, url)
		child := review(p, "xiaoming", "mum", "13800138000", 12)
		p.Want(200, child.decide("grant"))
		teen := review(p, "lili", "dad", "13900139000", 15)
		p.Want(200, teen.decide("refuse"))
		p.Want(201, ask(child.child, "access"))
		grown := adult(p, "grown")
		p.Want(201, ask(grown, "access"))
		_, err := p.App.Tally.Flush(t.Context())
		must(t, err)
		day := tally.Midnight(p.Clock.Now())
		figures := packed(t, p, day, day.Add(24*time.Hour))
		for what, is := range map[string]bool{
			"a child's account":        figures.Accounts["under_14"]["active"] == 1,
			"a guardian's yes":         figures.Decisions["under_14"]["given"] == 1,
			"a guardian's no":          figures.Decisions["14_17"]["refused"] == 1,
			"a child's request":        figures.Requests["under_14"]["access"] == 1,
			"nothing about grown-ups":  len(figures.Requests) == 1,
			"what is not kept is said": len(figures.Missing) == 1,
		} {
			row.That(is, "%s: %+v", what, figures)
		}
		if before := packed(t, p, day.AddDate(0, 0, -2), day); len(before.Decisions) > 0 || len(before.Requests) > 0 {
			t.Errorf("another period: %+v", before)
		}
	})
}

type figures struct {
	Accounts, Decisions, Requests map[string]map[string]int64
	Missing                       []string `json:"not_recorded"`
}

// packed makes a pack and reads the figures in it.
func packed(t *testing.T, p *apptest.Program, from, to time.Time) figures {
	t.Helper()
	var pack bytes.Buffer
	if _, err := p.App.PackAudit(t.Context(), &pack, from, to); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(pack.Bytes()) {
		var read struct{ Figures *figures }
		if err := json.Unmarshal(line, &read, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		if read.Figures != nil {
			return *read.Figures
		}
	}
	t.Fatal("no figures")
	return figures{}
}
