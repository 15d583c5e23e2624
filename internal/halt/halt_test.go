package halt_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/audit"
	"zhiqing/internal/halt"
	"zhiqing/internal/purpose"
	"zhiqing/internal/staff"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

type everybody struct{}

func (everybody) Allow(context.Context, staff.Session, staff.Permission) error { return nil }

// Whichever write of a stop fails, before or after it took effect: what was not acknowledged converges with a retry, and a stop
// that was written has its recall in the end, also without one.
func TestAStopIsWholeWhateverFails(t *testing.T) {
	for step := 1; step <= 3; step++ { // the row, the halt, the recall
		for _, after := range []bool{false, true} {
			engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "h.db"))
			if err != nil {
				t.Fatal(err)
			}
			writes := flaky.Wrap(engine)
			log, err := audit.Open(t.Context(), writes, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			catalogue, err := purpose.Load(policy.FS)
			if err != nil {
				t.Fatal(err)
			}
			d, err := halt.Open(t.Context(), halt.Options{Engine: writes, Audit: log, Staff: everybody{}, Purposes: catalogue, Now: time.Now,
				Received: func(context.Context, string) (int, error) { return 3, nil }})
			if err != nil {
				t.Fatal(err)
			}
			fail := writes.FailBefore
			if after {
				fail = writes.FailAfter
			}
			fail(step)
			in := staff.Session{Officer: staff.Officer{ID: "stf_x"}}
			_, failed := d.Stop(t.Context(), in, halt.Recipient, "sample_ads", "incident", "T-1")
			if stopped, err := d.Stopped(t.Context(), "sample_ads"); err != nil || failed == nil && !stopped {
				t.Errorf("write %d, after %v: acknowledged and not stopped: %v", step, after, err)
			} else if stopped {
				if err := d.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
			} else if _, err := d.Stop(t.Context(), in, halt.Recipient, "sample_ads", "incident", "T-1"); err != nil {
				t.Errorf("write %d, after %v: a retry does not converge: %v", step, after, err)
			}
			list, err := d.List(t.Context())
			if err != nil || len(list) != 1 || !list[0].Stopped() || !list[0].Due() || list[0].Recall.Received != 3 {
				t.Errorf("write %d, after %v: %+v %v", step, after, list, err)
			}
			if r, _ := catalogue.Recipient("sample_ads"); r.Enabled {
				t.Errorf("write %d, after %v: the catalogue does not know", step, after)
			}
			if err := errors.Join(d.Lift(t.Context(), in, halt.Recipient, "sample_ads"), engine.Close()); err != nil {
				t.Error(err)
			}
			if r, _ := catalogue.Recipient("sample_ads"); !r.Enabled {
				t.Error("what the files have on stays off")
			}
		}
	}
}

// A refresh that has read the store before a stop does not undo it afterwards.
func TestASlowRefreshUndoesNoStop(t *testing.T) {
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "h.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	log, err := audit.Open(t.Context(), engine, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := purpose.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	hold, held, let := make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	d, err := halt.Open(t.Context(), halt.Options{Engine: engine, Audit: log, Staff: everybody{}, Purposes: catalogue, Now: time.Now,
		Received: func(context.Context, string) (int, error) {
			select {
			case <-hold: // the refresh has read by now
				close(held)
				<-let
			default:
			}
			return 0, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	in := staff.Session{Officer: staff.Officer{ID: "stf_x"}}
	if _, err := d.Stop(t.Context(), in, halt.Recipient, "sample_ads", "incident", "T-1"); err != nil {
		t.Fatal(err)
	}
	hold <- struct{}{}
	done := make(chan error, 2)
	go func() { done <- d.Refresh(t.Context()) }()
	<-held
	go func() {
		_, err := d.Stop(t.Context(), in, halt.Purpose, "ads.personalised", "incident", "T-2")
		done <- err
	}()
	for n := 1; n < 2; { // until the stop is in the store, of which the slow refresh knows nothing
		list, err := d.List(t.Context())
		if n = len(list); err != nil || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	close(let)
	if err := errors.Join(<-done, <-done); err != nil {
		t.Fatal(err)
	}
	if p, _ := catalogue.Get("ads.personalised"); p.Enabled {
		t.Error("the catalogue takes up again what was stopped")
	}
}
