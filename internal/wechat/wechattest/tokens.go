package wechattest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/wechat"
)

func tokens(t *testing.T, open Open) {
	t.Run("sixty-four at once cause one request for a token", func(t *testing.T) {
		s := play(t, open)
		crowd(t, 64, func(int) error { return draw(s) })
		if got := s.calls(t); got[pathToken] != 1 || got[pathQRCode] != 64 {
			t.Errorf("calls: %v", got)
		}
	})
	t.Run("a second server takes the shared token", func(t *testing.T) {
		s := play(t, open)
		succeed(t, draw(s))
		other := *s
		other.gateway = open(t, s.setting)
		succeed(t, draw(&other))
		if got := s.calls(t)[pathToken]; got != 1 {
			t.Errorf("%d requests for a token", got)
		}
	})
	t.Run("the next token is fetched five minutes before the end, not earlier", func(t *testing.T) {
		s := play(t, open)
		succeed(t, draw(s))
		s.clock.pass(2*time.Hour - 5*time.Minute - time.Second)
		succeed(t, draw(s))
		if got := s.calls(t)[pathToken]; got != 1 {
			t.Errorf("fetched early: %d", got)
		}
		s.clock.pass(time.Second)
		succeed(t, draw(s))
		if got := s.calls(t)[pathToken]; got != 2 {
			t.Errorf("fetched %d times, want 2", got)
		}
	})
	for _, code := range []int{40001, 40014, 42001} {
		t.Run(fmt.Sprint(code, " costs one eviction and one retry"), func(t *testing.T) {
			s := play(t, open)
			succeed(t, draw(s))
			s.tell(t, "/_sandbox/expire-tokens", nil)
			s.plan(t, pathQRCode, 1, "errcode", code)
			succeed(t, draw(s))
			if got := s.calls(t); got[pathQRCode] != 3 || got[pathToken] != 2 || s.setting.Tokens.evicted() != 1 {
				t.Errorf("calls %v, evictions %d", got, s.setting.Tokens.evicted())
			}
		})
	}
	t.Run("a crowd whose token ends makes no storm", func(t *testing.T) {
		s := play(t, open)
		succeed(t, draw(s))
		s.tell(t, "/_sandbox/expire-tokens", nil)
		crowd(t, 64, func(int) error { return draw(s) })
		if got := s.calls(t); got[pathToken] != 2 || s.setting.Tokens.evicted() != 1 {
			t.Errorf("calls %v, evictions %d", got, s.setting.Tokens.evicted())
		}
	})
	t.Run("a token refused for ever is not asked for each time", func(t *testing.T) {
		s := play(t, open)
		s.plan(t, pathQRCode, 100, "errcode", 40001)
		for range 20 {
			want(t, draw(s), wechat.ErrUnavailable)
		}
		if got := s.calls(t); got[pathToken] > 3 || s.setting.Tokens.evicted() > 2 {
			t.Errorf("calls %v, evictions %d", got, s.setting.Tokens.evicted())
		}
	})
	t.Run("a cache that fails costs no call", func(t *testing.T) {
		s := play(t, open, func(s *Setting) { s.Tokens.failure = errors.New("the store is down") })
		succeed(t, draw(s))
		succeed(t, draw(s))
		if got := s.calls(t)[pathToken]; got != 1 {
			t.Errorf("%d requests for a token", got)
		}
	})
	t.Run("one who waits for a token leaves when their time is up", func(t *testing.T) {
		s := play(t, open, func(s *Setting) { s.Timeout = time.Second })
		s.plan(t, pathToken, 1, "hang", true)
		ctx, cancel := context.WithTimeout(s.ctx, 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := s.gateway.QRCode(ctx, "a", "p")
		want(t, err, wechat.ErrUnavailable)
		if waited := time.Since(begin); waited > 800*time.Millisecond {
			t.Errorf("waited %v", waited)
		}
	})
}

func draw(s *stage) error {
	_, err := s.gateway.QRCode(s.ctx, "a", "p")
	return err
}

// crowd does n things at once and wants each to succeed.
func crowd(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			if err := do(i); err != nil {
				t.Errorf("%d: %v (%v)", i, err, errors.Unwrap(err))
			}
		})
	}
	close(start)
	all.Wait()
}
