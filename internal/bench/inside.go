package bench

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/wechat"
)

// inside runs do with the program, opened over a data set's copy without its doors and its jobs, as if it were another time:
// what do does through it is what the real code did then. No server may have the copy open.
func inside(ctx context.Context, f folder, now func() time.Time, do func(*app.App) error) (err error) {
	a, err := app.Open(ctx, app.Options{
		Config: settings(f), Now: now, WeChat: func(context.Context) (wechat.Gateway, error) { return known{}, nil },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(a)
}

// at is a clock that stands still.
func at(t time.Time) func() time.Time { return func() time.Time { return t } }
