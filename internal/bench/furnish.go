package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/app"
	counters "zhiqing/internal/tally"
)

// The policy's quota of look-ups, as its file says it, and the one under which staff can look without a pause.
const (
	usualQuota = "{what: lookup, per_hour: 60,"
	wideQuota  = "{what: lookup, per_hour: 500,"
)

// policyWithQuota writes the built-in policy into a folder, with one figure changed, and names the folder.
func policyWithQuota(o options) (string, error) {
	folder := filepath.Join(o.dir, "policy")
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	if err := os.CopyFS(folder, policy.FS); err != nil {
		return "", err
	}
	roles, err := fs.ReadFile(policy.FS, "roles.yaml")
	if err != nil {
		return "", err
	}
	changed := strings.Replace(string(roles), usualQuota, wideQuota, 1)
	if changed == string(roles) {
		return "", errors.New("roles.yaml has another quota of look-ups than expected")
	}
	return folder, os.WriteFile(filepath.Join(folder, "roles.yaml"), []byte(changed), 0o600)
}

// fillCounters counts as a busy year would: every purpose, outcome, type and reason on every day.
func fillCounters(ctx context.Context, d *counters.Desk, now time.Time) error {
	catalogue, _, err := app.ReadPolicy(policy.FS, config.Defaults().Operator)
	if err != nil {
		return err
	}
	for day := range 365 {
		at := now.AddDate(0, 0, -day)
		for _, p := range catalogue.All() {
			for _, outcome := range []string{counters.Given, counters.Refused, counters.Withdrawn} {
				d.Add(counters.Decided, at, 300, p.Code, outcome)
				d.Add(counters.Guests, at, 100, p.Code, outcome)
			}
		}
		for _, kind := range []string{"access", "copy", "correct", "supplement", "delete", "object", "complaint"} {
			d.Add(counters.Lodged, at, 20, kind)
		}
		d.Add(counters.Ended, at, 100, counters.Met)
		d.Add(counters.Ended, at, 10, counters.Missed)
		d.Add(counters.Logins, at, 5000, counters.WeChat)
		for i := range 3 {
			d.Fallback(at, fmt.Sprintf("reason_%d", i))
		}
		if _, err := d.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// What a server counts as at rest.
const (
	restShare = 0.1 // of a processor
	restLook  = time.Second
	restLimit = 10 * time.Minute
)

// settle waits until a server has done what it does when it starts, walking the audit and counting people among it: that is
// a night's work, and none of a request's.
func settle(ctx context.Context, at *process) error {
	ctx, cancel := context.WithTimeout(ctx, restLimit)
	defer cancel()
	for quiet := 0; quiet < 3; {
		before := at.cpu()
		if err := pause(ctx, restLook); err != nil {
			return fmt.Errorf("the server does not come to rest: %w", err)
		}
		if quiet++; at.cpu()-before > restShare*restLook.Seconds() {
			quiet = 0
		}
	}
	return nil
}
