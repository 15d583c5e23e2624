package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/staff"
)

// The console's targets (issue 5), in milliseconds at p99, with this many staff at once. They look twice: without a pause, which
// is what the machine can bear, and once a second each, which is sixty times as often as the policy's quota lets anybody.
const (
	clerks         = 16
	lookUpTarget   = 50
	queueTarget    = 100
	overviewTarget = 50
	mostLookUps    = 450 // of one officer: the largest quota that a policy may give is 500 an hour
	warmViews      = 10  // of each page by each officer, before the rounds
	mostHasty      = 60  // looks of each officer in a round, without a pause
	mostPaced      = 20  // looks of each officer in a round, at a pace
	unhurried      = time.Second
	farAway        = 1 << 20 // the first number of what is looked at at a pace: nobody has looked at it before
)

// view is one kind of look.
type view struct {
	name   string
	target float64 // ms
	what   string
	staff  []clerk
	look   func(ctx context.Context, c *clerk, nth int) error
	pace   time.Duration // from one look of an officer to the next; 0 = without a pause

	p50, p99, cpu []float64 // of each round: ms, and ms of the server's processors per look
}

// office is who looks, and for whom.
type office struct {
	support, officers []clerk
	numbers           []string // privacy numbers
}

// measureConsole has staff look people up, read the queue and the overview, beside everything that is stored.
func measureConsole(ctx context.Context, o options) (figures []figure, err error) {
	var in office
	policy, err := policyWithQuota(o)
	if err != nil {
		return nil, err
	}
	s, err := openWith(ctx, o, o.people, func(d dataset) (err error) {
		in, err = furnish(ctx, d, o)
		return err
	}, "ZHIQING_POLICY_DIR="+policy)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := in.enter(ctx, s.server); err != nil {
		return nil, err
	}
	all := in.views(o)
	if err := look(ctx, o, all, s.server.cpu); err != nil {
		return nil, err
	}
	for _, v := range all {
		f := v.figure(o)
		fmt.Fprintf(os.Stderr, "%s: %.1f %s\n", f.Name, f.Value, f.Unit) // walking all chains takes its time
		figures = append(figures, f)
	}
	_, err = s.walk(ctx)
	return figures, err
}

// furnish writes what the console shows: the audit, open requests, counters, and accounts that are signed in.
func furnish(ctx context.Context, d dataset, o options) (in office, err error) {
	if in.numbers, err = d.ids(ctx, "privacy_numbers"); err != nil {
		return in, err
	}
	if err := fillAudit(ctx, d.folder, o.auditRows()); err != nil {
		return in, err
	}
	if err := lodgeAll(ctx, d.folder, o.manyRequests()); err != nil {
		return in, err
	}
	fmt.Fprintf(os.Stderr, "filling the counters, and signing %d staff in\n", 2*clerks)
	err = inside(ctx, d.folder, app.Clock, func(a *app.App) error {
		if err := fillCounters(ctx, a.Tally, app.Clock()); err != nil {
			return err
		}
		for i := range clerks {
			support, err := hire(ctx, a, fmt.Sprintf("support%d", i), staff.Support)
			if err != nil {
				return err
			}
			officer, err := hire(ctx, a, fmt.Sprintf("officer%d", i), staff.PrivacyOfficer)
			if err != nil {
				return err
			}
			in.support, in.officers = append(in.support, support), append(in.officers, officer)
		}
		return nil
	})
	return in, err
}

// enter waits until the server has done what it does when it starts, and opens everybody's first page.
func (in *office) enter(ctx context.Context, at *process) error {
	if err := settle(ctx, at); err != nil {
		return err
	}
	for _, all := range [][]clerk{in.support, in.officers} {
		for i := range all {
			all[i].server = at.url
			if err := all[i].open(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *office) views(o options) []*view {
	all := []*view{
		{name: "look-up to the record's page", target: lookUpTarget, staff: in.support, what: "the form is sent, the redirect followed, the page read",
			look: func(ctx context.Context, c *clerk, nth int) error {
				return c.lookUp(ctx, in.numbers[nth*7919%len(in.numbers)])
			}},
		{name: "the queue's page", target: queueTarget, staff: in.support, what: fmt.Sprintf("%d open requests stored", o.manyRequests()),
			look: func(ctx context.Context, c *clerk, _ int) error {
				_, err := c.page(ctx, "/console/requests", "/console/requests/RQ")
				return err
			}},
		{name: "the overview", target: overviewTarget, staff: in.officers, what: "counters of a year",
			look: func(ctx context.Context, c *clerk, _ int) error {
				_, err := c.page(ctx, "/console/overview", "<svg")
				return err
			}},
	}
	for _, v := range slices.Clone(all) {
		all = append(all, &view{name: v.name + ", at a pace", target: v.target, what: v.what, staff: v.staff, look: v.look, pace: unhurried})
	}
	return all
}

// looks is how often each officer looks in a round.
func (v *view) looks(o options) int {
	if v.pace > 0 {
		return max(1, min(mostPaced, mostLookUps/o.rounds/4))
	}
	return max(1, min(mostHasty, mostLookUps/o.rounds*3/4))
}

// look lets everybody look, kind by kind, round by round; what the first few looks take is not counted. cpu
// is what the server has used, in seconds.
func look(ctx context.Context, o options, all []*view, cpu func() float64) error {
	for round := -1; round < o.rounds; round++ {
		for _, v := range all {
			n := v.looks(o)
			first := (round + 1) * clerks * n
			if v.pace > 0 {
				first += farAway
			}
			if round < 0 {
				if n = min(n, warmViews); v.pace > 0 {
					continue
				}
			}
			before := cpu()
			took, err := v.at(ctx, first, n)
			if err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			if round >= 0 {
				v.p50, v.p99 = append(v.p50, percentile(took, 50)), append(v.p99, percentile(took, 99))
				v.cpu = append(v.cpu, (cpu()-before)*1000/float64(len(took)))
			}
		}
	}
	return nil
}

// at has everybody look n times, all at once, and tells what each look took. Nobody sees the same as somebody else: looks
// are numbered from first on. A look at a pace begins when its time has come, whatever became of the one before: what it waits
// counts.
func (v *view) at(ctx context.Context, first, n int) ([]time.Duration, error) {
	took := make([]time.Duration, len(v.staff)*n)
	start := time.Now()
	err := inParallel(len(v.staff), len(took), func(i int) error {
		began := time.Now()
		if v.pace > 0 {
			began = start.Add(time.Duration(i) * v.pace / time.Duration(len(v.staff)))
			if err := pause(ctx, time.Until(began)); err != nil {
				return err
			}
		}
		err := v.look(ctx, &v.staff[i%len(v.staff)], first+i)
		took[i] = time.Since(began)
		return err
	})
	return took, err
}

func (v *view) figure(o options) figure {
	how := "without a pause"
	if v.pace > 0 {
		how = "each every " + v.pace.String()
	}
	return atMost(v.name+", p99", median(v.p99), v.target, "ms", fmt.Sprintf(
		"%s; %d staff at once, %s, p50 %.1f ms, %.1f ms of the server's processors each; medians of %d × %d looks; %d audit rows",
		v.what, len(v.staff), how, median(v.p50), median(v.cpu), o.rounds, len(v.staff)*v.looks(o), o.auditRows()))
}
