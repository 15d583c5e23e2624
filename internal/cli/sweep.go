package cli

import (
	"errors"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/lease"
	"zhiqing/internal/observe"
)

type sweepCmd struct {
	DryRun bool `name:"dry-run" help:"只说明各项工作的状态，不改动任何数据。 Only tell how each job stands; change nothing."`
}

// Run runs every job once on the configured store and says what was done. The embedded store must not be in use by a server,
// which does all of this by itself.
func (s sweepCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	if s.DryRun {
		standings, err := app.SweepStandings(c.ctx, cfg)
		if err != nil {
			return err
		}
		c.tellStandings(standings)
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

func (c *call) tellStandings(list []lease.Lease) {
	if len(list) == 0 {
		c.printf("还没有做过任何工作 nothing has ever run\n")
	}
	for _, l := range list {
		done := "从未完成 never"
		if !l.Done.IsZero() {
			done = l.Done.Format(time.RFC3339)
		}
		c.printf("· %-10s 上次完成 last done %s\n", l.Name, done)
	}
	c.printf("没有改动任何数据 nothing was changed\n")
}
