package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/audit"
	"zhiqing/internal/staff"
)

func TestTheAuditIsOneChainThatTheProgramGoesOnWith(t *testing.T) {
	_, d := prepared(t)
	if err := fillAudit(t.Context(), d.folder, 600); err != nil {
		t.Fatal(err)
	}
	err := inside(t.Context(), d.folder, app.Clock, func(a *app.App) error {
		if _, err := a.Audit.Append(t.Context(), audit.Row{Actor: "stf_1", Role: "support", Action: "staff.viewed"}); err != nil {
			return err
		}
		people, err := d.ids(t.Context(), "subjects")
		if err != nil {
			return err
		}
		rows, _, err := a.Audit.Find(t.Context(), audit.Query{Subject: people[7], Limit: 100})
		if err == nil && len(rows) != perPerson {
			err = fmt.Errorf("%d rows of one person", len(rows))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := app.Verify(t.Context(), settings(d.folder))
	if err != nil || !found.Sound() || found.AuditRows != 601 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestThePolicyOfARunDiffersInOneFigure(t *testing.T) {
	folder, err := policyWithQuota(options{dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	roles, err := staff.LoadRoles(app.PolicyFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	usual, err := staff.LoadRoles(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	if n := roles.PerHour(staff.Lookups); n < mostLookUps+warmViews || roles.PerHour(staff.Reveals) != usual.PerHour(staff.Reveals) {
		t.Errorf("%d look-ups an hour", n)
	}
}

func TestEverybodyLooksAsOftenAndNobodyAtTheSame(t *testing.T) {
	var mu sync.Mutex
	seen, by := map[int]bool{}, map[*clerk]int{}
	v := &view{name: "a page", target: 50, staff: make([]clerk, 4), look: func(_ context.Context, c *clerk, nth int) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[nth] {
			return fmt.Errorf("look %d twice", nth)
		}
		seen[nth], by[c] = true, by[c]+1
		return nil
	}}
	o := options{rounds: 3, audit: 9}
	if err := look(t.Context(), o, []*view{v}, func() float64 { return 0 }); err != nil {
		t.Fatal(err)
	}
	for _, n := range by {
		if n != 3*v.looks(o)+warmViews {
			t.Errorf("%d looks of one of them", n)
		}
	}
	if len(by) != 4 || len(v.p99) != 3 {
		t.Errorf("%d of the staff looked, in %d rounds", len(by), len(v.p99))
	}
	if f := v.figure(o); !strings.Contains(f.How, "9 audit rows") || f.Unit != "ms" {
		t.Errorf("%+v", f)
	}
}

// What a look waits for is part of what it takes, or a server that stalls would look fast.
func TestALookAtAPaceBeginsWhenItsTimeHasCome(t *testing.T) {
	var late atomic.Bool
	v := &view{staff: make([]clerk, 1), pace: time.Millisecond, look: func(ctx context.Context, _ *clerk, _ int) error {
		if late.CompareAndSwap(false, true) {
			return pause(ctx, 20*time.Millisecond)
		}
		return nil
	}}
	took, err := v.at(t.Context(), 0, 3)
	if err != nil || took[0] < 20*time.Millisecond || took[1] < 19*time.Millisecond || took[2] < 18*time.Millisecond {
		t.Errorf("%v %v", took, err)
	}
}

func TestNobodyNeedsMoreLookUpsThanTheQuota(t *testing.T) {
	for rounds := 1; rounds <= 100; rounds++ {
		o := options{rounds: rounds}
		if n := rounds*((&view{}).looks(o)+(&view{pace: unhurried}).looks(o)) + warmViews; n > 500 {
			t.Errorf("%d rounds: %d look-ups", rounds, n)
		}
	}
}

func TestOneLookInAHundredMayTakeLonger(t *testing.T) {
	took := make([]time.Duration, 200)
	for i := range took {
		took[i] = time.Duration(len(took)-i) * time.Millisecond
	}
	for of, want := range map[int]float64{50: 100, 99: 198, 100: 200} {
		if got := percentile(took, of); got != want {
			t.Errorf("p%d is %v ms instead of %v", of, got, want)
		}
	}
	if percentile(nil, 99) != 0 {
		t.Error("no looks took time")
	}
}
