package wechattest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"zhiqing/internal/wechat"
	"zhiqing/internal/wechat/sandbox"
)

func bounds(t *testing.T, open Open) {
	short := func(s *Setting) { s.Timeout = 200 * time.Millisecond }
	t.Run("a WeChat that is slow is unavailable, in bounded time", func(t *testing.T) {
		s := play(t, open, short)
		begin := time.Now()
		_, err := s.gateway.Identify(s.ctx, "slow-1")
		want(t, err, wechat.ErrUnavailable)
		if waited := time.Since(begin); waited > 3*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
	t.Run("every call ends, whatever hangs, and whatever the SDK knows of contexts", func(t *testing.T) {
		s := play(t, open, short)
		succeed(t, draw(s)) // so that a token is there
		for path, do := range calls(s, s.ctx) {
			s.plan(t, path, 1, "hang", true)
			begin := time.Now()
			want(t, do(), wechat.ErrUnavailable)
			if waited := time.Since(begin); waited > 3*time.Second {
				t.Errorf("%s: waited %v", path, waited)
			}
		}
	})
	t.Run("a caller who leaves is not kept, and asks nothing", func(t *testing.T) {
		s := play(t, open)
		ctx, leave := context.WithCancel(s.ctx)
		leave()
		for _, do := range calls(s, ctx) {
			want(t, do(), wechat.ErrUnavailable)
			want(t, do(), context.Canceled)
		}
		if got := s.calls(t); len(got) != 0 {
			t.Errorf("WeChat was asked: %v", got)
		}
	})
	for what, value := range map[string]any{"status": 502, "errcode": -1} {
		t.Run(fmt.Sprint("after five times ", what, " in a row WeChat is left alone"), func(t *testing.T) {
			s := play(t, open)
			s.plan(t, pathLogin, 100, what, value)
			for range 8 {
				_, err := s.gateway.Identify(s.ctx, "mum-1")
				want(t, err, wechat.ErrUnavailable)
			}
			if got := s.calls(t)[pathLogin]; got != 5 {
				t.Errorf("asked %d times, want 5", got)
			}
		})
	}
	t.Run("refusals of persons do not open the breaker", func(t *testing.T) {
		s := play(t, open)
		for i := range 12 {
			_, err := s.gateway.Identify(s.ctx, fmt.Sprint("blocked-", i))
			want(t, err, wechat.ErrBlocked)
		}
	})
	t.Run("four failures and a success are no row", func(t *testing.T) {
		s := play(t, open)
		for i := range 3 {
			s.plan(t, pathLogin, 4, "status", 500)
			for range 4 {
				_, err := s.gateway.Identify(s.ctx, "mum-x")
				want(t, err, wechat.ErrUnavailable)
			}
			_, err := s.gateway.Identify(s.ctx, fmt.Sprint("mum-", i))
			succeed(t, err)
		}
	})
}

// calls are the four calls of the port by the path that they use.
func calls(s *stage, ctx context.Context) map[string]func() error {
	openid := wechat.Secret("o123456789012345678901234567")
	return map[string]func() error{
		pathLogin:   func() error { _, err := s.gateway.Identify(ctx, "mum-1"); return err },
		pathPhone:   func() error { _, err := s.gateway.Phone(ctx, "phone-13800000000-1", openid); return err },
		pathQRCode:  func() error { _, err := s.gateway.QRCode(ctx, "a", "p"); return err },
		pathMessage: func() error { return s.gateway.Send(ctx, wechat.Message{To: openid, Template: "t"}) },
	}
}

// neighbours: two mini-programs in one process, each with its own WeChat, although the SDK has one global client.
func neighbours(t *testing.T, open Open) {
	s := play(t, open)
	const otherID, otherSecret = "wxfedcba9876543210", "another-secret"
	server := httptest.NewServer(sandbox.New(sandbox.Options{AppID: otherID, AppSecret: otherSecret, Now: s.clock.now}))
	t.Cleanup(server.Close)
	other := &stage{url: server.URL, ctx: s.ctx, gateway: open(t, Setting{
		AppID: otherID, AppSecret: otherSecret, BaseURL: server.URL, Timeout: 5 * time.Second, Tokens: &Tokens{}, Now: s.clock.now,
	})}
	here, there := s.openid(t, "mum"), other.openid(t, "mum")
	if here == there {
		t.Fatal("two mini-programs know a person by one openid")
	}
	crowd(t, 60, func(i int) error {
		at, openid := s, here
		if i%2 == 1 {
			at, openid = other, there
		}
		got, err := at.gateway.Identify(at.ctx, fmt.Sprint("mum-", i))
		if err == nil && got.OpenID != openid {
			err = fmt.Errorf("a login went to the neighbour")
		}
		if err == nil {
			err = draw(at)
		}
		return err
	})
	for _, at := range []*stage{s, other} {
		if got := at.calls(t); got[pathLogin] != 30 || got[pathQRCode] != 30 {
			t.Errorf("calls: %v", got)
		}
	}
}
