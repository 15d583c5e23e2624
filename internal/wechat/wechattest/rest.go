package wechattest

import (
	"bytes"
	"image/jpeg"
	"strings"
	"testing"

	"zhiqing/internal/wechat"
)

func phones(t *testing.T, open Open) {
	s := play(t, open)
	mum := s.openid(t, "mum")
	phone, err := s.gateway.Phone(s.ctx, "phone-13800001111-a", mum)
	succeed(t, err)
	if phone != (wechat.Phone{CountryCode: "86", Number: "13800001111"}) {
		t.Error("not the number of the code")
	}
	_, err = s.gateway.Phone(s.ctx, "phone-13800001111-a", mum)
	want(t, err, wechat.ErrCodeUsed)
	_, err = s.gateway.Phone(s.ctx, "mum-1", mum)
	want(t, err, wechat.ErrCodeInvalid)
	_, err = s.gateway.Phone(s.ctx, "phone-13800001111-b", "")
	want(t, err, wechat.ErrMisuse)
	for _, code := range poisonCodes {
		_, err = s.gateway.Phone(s.ctx, code, mum)
		want(t, err, wechat.ErrCodeInvalid)
	}
	if got := s.calls(t); got[pathPhone] != 3 || got[pathToken] != 1 {
		t.Errorf("calls: %v", got)
	}
}

func codes(t *testing.T, open Open) {
	t.Run("a code is a picture", func(t *testing.T) {
		s := play(t, open)
		b, err := s.gateway.QRCode(s.ctx, "n=7&v=a-b", "pages/notice/index")
		succeed(t, err)
		if c, err := jpeg.DecodeConfig(bytes.NewReader(b)); err != nil || c.Width != 430 || c.Height != 430 {
			t.Errorf("no JPEG of 430 pixels: %v %v", c, err)
		}
	})
	t.Run("what WeChat would refuse is not sent", func(t *testing.T) {
		s := play(t, open)
		for _, in := range [][2]string{
			{"", "p"}, {strings.Repeat("a", 33), "p"}, {"a b", "p"}, {"100%", "p"}, {"知情", "p"}, {"a\n", "p"}, {"a", "/p"}, {"a", "p?x=1"}, {"a", "p\n"},
		} {
			_, err := s.gateway.QRCode(s.ctx, in[0], in[1])
			want(t, err, wechat.ErrMisuse)
		}
		if got := s.calls(t); len(got) != 0 {
			t.Errorf("WeChat was asked: %v", got)
		}
	})
	t.Run("a page in place of a picture is no code", func(t *testing.T) {
		s := play(t, open)
		s.plan(t, pathQRCode, 1, "html", true)
		_, err := s.gateway.QRCode(s.ctx, "a", "p")
		want(t, err, wechat.ErrUnavailable)
	})
}

func messages(t *testing.T, open Open) {
	s := play(t, open)
	mum := s.openid(t, "mum")
	m := wechat.Message{To: mum, Template: "tmpl", Page: "pages/a", Values: map[string]string{"thing1": "<您的请求>已完成"}}
	succeed(t, s.gateway.Send(s.ctx, m))
	var sent []struct {
		To       string `json:"touser"`
		Template string `json:"template_id"`
		Page     string
		Values   map[string]string
	}
	s.fetch(t, "/_sandbox/messages", &sent)
	if len(sent) != 1 || sent[0].To != mum.Reveal() || sent[0].Template != "tmpl" || sent[0].Page != "pages/a" || sent[0].Values["thing1"] != m.Values["thing1"] {
		t.Error("not the message that was sent")
	}
	s.plan(t, pathMessage, 1, "errcode", 43101)
	want(t, s.gateway.Send(s.ctx, m), wechat.ErrNotSubscribed)
	want(t, s.gateway.Send(s.ctx, wechat.Message{Template: "tmpl"}), wechat.ErrMisuse)
}
