package wechattest

import (
	"errors"
	"testing"

	"zhiqing/internal/wechat"
)

func logins(t *testing.T, open Open) {
	t.Run("a person has one openid, and a code works once", func(t *testing.T) {
		s := play(t, open)
		first, err := s.gateway.Identify(s.ctx, "mum-1")
		succeed(t, err)
		second, err := s.gateway.Identify(s.ctx, "mum-2")
		succeed(t, err)
		if first != second || first.OpenID != s.openid(t, "mum") {
			t.Error("the same person has two identities")
		}
		if id := first.OpenID.Reveal(); len(id) != 28 || id[0] != 'o' {
			t.Errorf("an openid of %d characters that does not look like WeChat's", len(id))
		}
		_, err = s.gateway.Identify(s.ctx, "mum-1")
		want(t, err, wechat.ErrCodeUsed)
	})
	t.Run("accounts of one human share a unionid and nothing else", func(t *testing.T) {
		s := play(t, open)
		a, err := s.gateway.Identify(s.ctx, "mum-1")
		succeed(t, err)
		b, err := s.gateway.Identify(s.ctx, "mum_2-1")
		succeed(t, err)
		c, err := s.gateway.Identify(s.ctx, "dad-1")
		succeed(t, err)
		if a.UnionID != b.UnionID || a.OpenID == b.OpenID || a.UnionID == c.UnionID || a.UnionID == "" {
			t.Error("unionids do not follow the humans")
		}
	})
	t.Run("each refusal has its own failure and keeps WeChat's word", func(t *testing.T) {
		s := play(t, open)
		for code, failure := range map[string]error{
			"busy-1": wechat.ErrUnavailable, "blocked-1": wechat.ErrBlocked, "limited-1": wechat.ErrLimited,
			"nonsense": wechat.ErrCodeInvalid, "Mum-1": wechat.ErrCodeInvalid, "phone-13800000000-1": wechat.ErrCodeInvalid,
		} {
			_, err := s.gateway.Identify(s.ctx, code)
			want(t, err, failure)
			var u *wechat.Upstream
			if !errors.As(err, &u) || u.Code == 0 || u.RID == "" {
				t.Errorf("%s: errcode and rid are lost", code)
			}
		}
	})
	t.Run("every errcode of the table", func(t *testing.T) {
		s := play(t, open)
		for code, failure := range map[int]error{
			40013: wechat.ErrMisuse, 40125: wechat.ErrMisuse, 40164: wechat.ErrMisuse, 41002: wechat.ErrMisuse, 41004: wechat.ErrMisuse,
			40029: wechat.ErrCodeInvalid, 40163: wechat.ErrCodeUsed, 40226: wechat.ErrBlocked, 45011: wechat.ErrLimited,
			-1: wechat.ErrUnavailable, 43101: wechat.ErrNotSubscribed, 99999: wechat.ErrMisuse,
		} {
			s.plan(t, pathLogin, 1, "errcode", code)
			_, err := s.gateway.Identify(s.ctx, "mum-1")
			want(t, err, failure)
		}
	})
	t.Run("a code that is none never reaches WeChat", func(t *testing.T) {
		s := play(t, open)
		for _, code := range poisonCodes {
			_, err := s.gateway.Identify(s.ctx, code)
			want(t, err, wechat.ErrCodeInvalid)
		}
		if got := s.calls(t); len(got) != 0 {
			t.Errorf("WeChat was asked: %v", got)
		}
	})
	t.Run("the wrong secret is our misuse", func(t *testing.T) {
		s := play(t, open, func(s *Setting) { s.AppSecret = "another" })
		_, err := s.gateway.Identify(s.ctx, "mum-1")
		want(t, err, wechat.ErrMisuse)
	})
}
