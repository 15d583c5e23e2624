package session

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// Kind says who holds a session.
type Kind string

// The kinds of session that a mini-program can hold.
const (
	Guest Kind = "guest"
	User  Kind = "user"
)

// Session is what is stored of one; its id is the hash of the refresh token family.
type Session struct {
	Kind       Kind      `bson:"kind"`
	Owner      string    `bson:"owner"` // sub_… or gst_…
	Generation int64     `bson:"gen"`   // of the one refresh token that is good now
	CreatedAt  time.Time `bson:"created"`
	ExpiresAt  time.Time `bson:"expires"`
	Retry      []byte    `bson:"retry,omitempty"`   // hash of the last refresh's Idempotency-Key
	RefusedAt  time.Time `bson:"refused,omitempty"` // guest: when WeChat login was refused
	Ends       time.Time `bson:"ends,omitempty"`    // whatever its use: of a session whose account is closed; zero = no such end
}

// Principal is who a valid access token speaks for.
type Principal struct {
	Kind     Kind
	Owner    string        // sub_… or gst_…
	Session  string        // id of the session, for ending it
	Band     subject.Band  // as of now, whatever the token says
	State    subject.State // of a user's account, at most 5 seconds old; over only for the session that asked to close it
	Minority string        // of a minor: where the guardianship stands
	StepUpAt time.Time     // zero = none
}

// Issued is a session as its holder gets it.
type Issued struct {
	Kind         Kind
	Owner        string
	AccessToken  string
	RefreshToken string
	ExpiresIn    time.Duration // of the access token
	Subject      *subject.Subject
	Fallback     *Fallback
}

// Fallback says why a login became a guest session.
type Fallback struct {
	Reason     string        // wechat_unavailable, wechat_limited, wechat_blocked
	RetryAfter time.Duration // 0 = no use in trying again soon
	Cause      error         // for the operator: WeChat's error code, or that it did not answer
}

// The ways in which a session can be refused.
var (
	ErrNoToken  = fault.Define(fault.Unauthenticated, "session.required", "请先登录或以访客身份进入。", "Please log in or continue as a guest first.")
	ErrBadToken = fault.Define(fault.Unauthenticated, "session.invalid", "登录状态无效，请重新登录。", "This session is not valid; please log in again.")
	ErrExpired  = fault.Define(fault.Unauthenticated, "session.expired", "登录状态已过期，请刷新或重新登录。", "This session has expired; please refresh it or log in again.")
	ErrReused   = fault.Define(fault.Unauthenticated, "session.refresh_reused", "这个刷新凭证已经用过。为了您的安全，本次登录已结束，请重新登录。", "This refresh token has been used before. To keep you safe, the session has ended; please log in again.")
	ErrMismatch = fault.Define(fault.Forbidden, "session.step_up_mismatch", "验证的微信帐号与当前登录的不一致。", "The WeChat account just verified is not the one logged in.")
	ErrUserOnly = fault.Define(fault.Forbidden, "session.user_only", "此功能需要微信登录。", "This needs a WeChat login.")
	ErrStepUp   = fault.Define(fault.Unauthenticated, "session.step_up_required", "为了您的安全，请再次验证微信身份后继续。", "To keep you safe, please verify your WeChat account again, then continue.")
)

// Signer signs and checks access tokens (ledger.Keyset does).
type Signer interface {
	Sign(use, typ string, claims any) (string, error)
	Verify(use, typ, token string, now time.Time, claims any) error
}

// Books forgets a guest's consent book; the consent package does. It must be idempotent.
type Books interface {
	Forget(ctx context.Context, guest string) error
}

// Options are what a Desk is made of. All fields but Settle are needed.
type Options struct {
	Engine     store.Engine
	Subjects   *subject.Register
	WeChat     wechat.Gateway
	Signer     Signer
	Books      Books
	Key        []byte // 32 secret bytes; makes refresh tokens and login families
	Now        func() time.Time
	IDs        ident.Source
	AccessTTL  time.Duration
	GuestTTL   time.Duration // after the last use
	UserTTL    time.Duration // after the last use
	LoginGrace time.Duration // how long one login code gives the same answer; 60 s by contract
	CoolDown   time.Duration // how long a refused login is not asked for again
	// Settle, if not nil, brings an account up to the present before a session speaks for it: a birthday or a timer may have
	// moved it since. Package guardian does.
	Settle func(ctx context.Context, id string) (subject.Subject, error)
}

// prolong moves the end of s, after a use of it at now.
func (o *Options) prolong(s *Session, now time.Time) {
	s.ExpiresAt = now.Add(o.ttl(s.Kind))
	if !s.Ends.IsZero() && s.ExpiresAt.After(s.Ends) {
		s.ExpiresAt = s.Ends
	}
}

// ttl is how long a session of kind k lives after its last use.
func (o *Options) ttl(k Kind) time.Duration {
	if k == Guest {
		return o.GuestTTL
	}
	return o.UserTTL
}
