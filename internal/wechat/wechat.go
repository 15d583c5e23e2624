// Package wechat is the port to WeChat: what the system needs from the platform, without a word of its protocol.
//
// It owns the gateway's contract and its typed failures. It refuses to hold an appid, a secret, a session_key or a URL:
// those live in wechat/live (the SDK, fenced in) and wechat/sandbox (a server that imitates WeChat for development).
// One suite, wechat/wechattest, says what both must do. No error of this package holds a secret, a code or an openid.
package wechat

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"zhiqing/internal/fault"
)

// Secret text that WeChat identifies a person by. It prints as [redacted] everywhere (fmt, slog, JSON);
// Reveal is for hashing, sealing and calling WeChat back.
type Secret string

// Reveal returns the text. Never put it into a log, an error, a URL or a token.
func (s Secret) Reveal() string { return string(s) }

// String, GoString, Format, LogValue and MarshalText keep the text out of every ordinary way of printing.
func (Secret) String() string               { return "[redacted]" }
func (Secret) GoString() string             { return "[redacted]" }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte("[redacted]")) }
func (Secret) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Identity is who WeChat says holds a login code. UnionID is empty unless the mini-program is bound to an Open Platform
// account (https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session). The session_key is dropped: we never need it.
type Identity struct{ OpenID, UnionID Secret }

// Phone is a number that WeChat has verified for the person.
type Phone struct {
	CountryCode string // "86"
	Number      Secret // without country code
}

// Message is one subscribe message. Values must keep WeChat's field limits (wechat.md 2.7).
type Message struct {
	To       Secret // openid
	Template string
	Page     string
	Values   map[string]string
}

// Gateway is what the system needs from WeChat. Every method keeps ctx's deadline and answers in bounded time.
type Gateway interface {
	// Identify exchanges a wx.login code (one use, five minutes). ErrCodeInvalid, ErrCodeUsed, ErrBlocked, ErrLimited, ErrUnavailable.
	Identify(ctx context.Context, code string) (Identity, error)
	// Phone exchanges a getPhoneNumber code, bound by WeChat to openid. Same failures.
	Phone(ctx context.Context, code string, openid Secret) (Phone, error)
	// QRCode draws an unlimited mini-program code (JPEG). scene: ≤ 32 of WeChat's characters; page: path without leading slash.
	QRCode(ctx context.Context, scene, page string) ([]byte, error)
	// Send delivers one subscribe message. ErrNotSubscribed when the person has no subscription left (43101).
	Send(ctx context.Context, m Message) error
}

// The failures of a gateway. Each may carry WeChat's errcode and rid in an Upstream cause, for the operator's log.
var (
	ErrCodeInvalid   = fault.Define(fault.Invalid, "wechat.code_invalid", "微信登录凭证无效，请重新登录。", "The WeChat code is not valid; please log in again.")
	ErrCodeUsed      = fault.Define(fault.Invalid, "wechat.code_used", "微信登录凭证已被使用，请重新登录。", "The WeChat code has been used; please log in again.")
	ErrBlocked       = fault.Define(fault.Forbidden, "wechat.blocked", "微信暂时限制了此帐号登录，您仍可以访客身份浏览。", "WeChat does not let this account log in at present; you can still browse as a guest.")
	ErrLimited       = fault.Define(fault.TooMany, "wechat.limited", "操作太频繁，请稍后再试。", "Too many attempts; please try again later.").After(time.Minute)
	ErrUnavailable   = fault.Define(fault.Unavailable, "wechat.unavailable", "微信暂时没有响应，请稍后再试。", "WeChat does not answer at present; please try again later.").After(30 * time.Second)
	ErrNotSubscribed = fault.Define(fault.Conflict, "wechat.not_subscribed", "用户没有订阅这类消息。", "The person has no subscription for this message.")
	ErrMisuse        = fault.Define(fault.Internal, "wechat.misuse", "服务出现问题，请稍后再试。", "Something went wrong on our side; please try again later.")
)

// Upstream is WeChat's own word on a failure: its errcode and request id. Safe to log.
type Upstream struct {
	Code int64
	RID  string
}

// Error gives code and rid only; WeChat's message is dropped because it can quote input.
func (u *Upstream) Error() string { return fmt.Sprintf("wechat errcode %d rid %s", u.Code, u.RID) }
