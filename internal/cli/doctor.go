package cli

import (
	"zhiqing/internal/app"
)

type doctorCmd struct{}

// Run checks everything that a start needs and prints a line for each, with what to do about what is wrong.
func (doctorCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	healthy := true
	for _, f := range app.Examine(c.ctx, cfg) {
		mark := "✓"
		if f.Err != nil {
			mark, healthy = "✗", false
		}
		c.printf("%s %-10s %s\n", mark, f.What, f.Finding)
		if f.Err != nil {
			c.printf("  %s\n", explain(f.Err))
		}
	}
	if !healthy {
		return errFailed
	}
	return nil
}
