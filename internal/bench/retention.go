package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/retention"
)

// periods is how many people have an order whose period of retention is over: one in a hundred. The law lets periods end at
// midnight, so they are not among what ends in the middle of a load: this is the sweep that `zhiqing sweep` makes.
const periods = 100

// measureRetention reports orders of years ago, as another system would, and has the job let go of them. No server may have
// the copy open.
func measureRetention(ctx context.Context, f folder, people int) (figures []figure, err error) {
	n := people / periods
	fmt.Fprintf(os.Stderr, "reporting %d orders of years ago\n", n)
	err = inside(ctx, f, app.Clock, func(a *app.App) error {
		err := inParallel(connections, n, func(i int) error { return reportOrder(ctx, a, i*periods+7) })
		if err != nil {
			return err
		}
		began := time.Now()
		done, err := a.Jobs.RunOnce(ctx, "retention")
		took := time.Since(began)
		if err == nil && done != n {
			err = fmt.Errorf("the sweep let go of %d orders of %d", done, n)
		}
		figures = []figure{atMost("sweep of periods of retention", took.Seconds(), sweepTarget, "s", fmt.Sprintf(
			"the job of `zhiqing sweep`, by itself: %d orders whose three years are over", n))}
		return err
	})
	return figures, err
}

// reportOrder reports an order of a person's that was completed when its period is over today.
func reportOrder(ctx context.Context, a *app.App, person int) error {
	id, err := a.Subjects.FindByIdentity(ctx, identityOf(person))
	if err != nil {
		return err
	}
	return a.Retention.Report(ctx, retention.Event{
		Subject: id, Category: "order", Reference: fmt.Sprintf("order-%d", person), Event: "completed", At: app.Clock().AddDate(-4, 0, 0),
	})
}
