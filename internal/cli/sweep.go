package cli

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/lease"
	"zhiqing/internal/observe"
	"zhiqing/internal/retention"
)

type sweepCmd struct {
	DryRun bool `name:"dry-run" help:"只说明将会做什么、各项工作的状态，不改动任何数据。 Only tell what would be done and how each job stands; change nothing."`
}

// Run runs every job once on the configured store and says what was done. The embedded store must not be in use by a server,
// which does all of this by itself.
func (s sweepCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	if s.DryRun {
		planned, err := app.SweepDryRun(c.ctx, cfg)
		if err != nil {
			return err
		}
		c.tellPlanned(planned)
		return nil
	}
	failures := 0
	err = app.Sweep(c.ctx, cfg, observe.NewLogger(c.env.Stderr, cfg), func(one app.Swept) {
		if !c.tellSwept(one) {
			failures++
		}
	})
	if failures > 0 {
		return errFailed // each was told
	}
	return err
}

// tellSwept prints one line and reports whether nothing went wrong.
func (c *call) tellSwept(one app.Swept) bool {
	switch {
	case errors.Is(one.Err, lease.ErrHeld):
		c.printf("– %-10s 另一台服务器正在处理 another server is at it\n", one.Job)
	case one.Err != nil:
		c.printf("✗ %-10s 完成 %d 项后失败 failed after %d: %s\n", one.Job, one.Done, one.Done, explain(one.Err))
		return false
	default:
		c.printf("✓ %-10s 处理 %d 项 %d done\n", one.Job, one.Done, one.Done)
	}
	return true
}

func (c *call) tellPlanned(list []app.Planned) {
	for _, p := range list {
		last := "未统计 not counted"
		if !p.Last.Done.IsZero() {
			last = "上次完成 last done " + p.Last.Done.Format(time.RFC3339) + "；" + last
		}
		if p.Would == nil {
			c.printf("· %-10s %s\n", p.Job, last)
			continue
		}
		c.tellRetention(p.Job, *p.Would)
	}
	c.printf("没有改动任何数据 nothing was changed\n")
}

// tellRetention prints what would be let go of, by category and by the rule that kept it.
func (c *call) tellRetention(job string, r retention.Report) {
	c.printf("· %-10s 将删除 %d 项 would let go of %d；保全 held %d；仍需保存 still needed %d；逾期未复核的保全 holds past their review %d\n",
		job, r.Total(), r.Total(), r.Held, r.Later, r.Late)
	for _, by := range slices.SortedFunc(maps.Keys(r.By), func(a, b retention.Due) int { return cmp.Compare(a.Category+" "+a.Purpose, b.Category+" "+b.Purpose) }) {
		rule := "没有目的再需要 no purpose needs it"
		if by.Purpose != "" {
			rule = by.Purpose + " " + by.Period
		}
		c.printf("    %-20s %6d  %s\n", by.Category, r.By[by], rule)
	}
}
