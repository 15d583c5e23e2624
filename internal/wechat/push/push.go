package push

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
	"zhiqing/internal/wechat"
)

// The bounds of a push.
const (
	MaxBody  = 64 << 10        // bytes
	fresh    = 5 * time.Minute // how far WeChat's clock may be from ours
	life     = 24 * time.Hour  // how long an event is known, so that it counts once
	patience = time.Second     // WeChat is answered within it, also by a failure: then it sends again
)

// The ways in which a push is refused. They say nothing about which check failed.
var (
	ErrOff     = fault.Define(fault.Missing, "push.off", "没有启用消息推送。", "Pushes are not configured here.")
	ErrRefused = fault.Define(fault.Forbidden, "push.refused", "推送未通过验证。", "The push is not authentic.")
	ErrTooLong = fault.Define(fault.TooLarge, "push.too_large", "推送内容过大。", "The push is too large.")
	ErrBody    = fault.Define(fault.Invalid, "push.unreadable", "推送内容无法解读。", "The push cannot be read.")
)

// People leads from a WeChat identity to an account; package subject does. A fault of kind Missing = nobody.
type People interface {
	FindByIdentity(ctx context.Context, who wechat.Identity) (string, error)
}

// Accounts erases and closes; the same plug serves package rights. Faults of kind Missing or Gone mean that the account is
// over already.
type Accounts interface {
	// Close destroys the account and everything under its key. Idempotent.
	Close(ctx context.Context, id, reason string) (proof string, err error)
	// EraseFields erases these profile fields. Idempotent. It is never called without fields.
	EraseFields(ctx context.Context, id string, fields []string) error
}

// Options are what a Desk is made of. Token and AESKey are both set or both empty (no pushes); the others are needed.
type Options struct {
	Engine   store.Engine
	AppID    string
	Token    wechat.Secret
	AESKey   wechat.Secret // WeChat's EncodingAESKey, 43 characters
	Key      []byte        // 32 secret bytes: hashes events, so that no openid is kept
	People   People
	Accounts Accounts
	// Tell lets the person know that data was erased because of what they did in WeChat, once per key.
	Tell   func(ctx context.Context, subject, key string) error
	Poke   func()                          // tells the worker that there is something to do now
	Failed func(event string, cause error) // told of what Work could not do, for the operator
	Now    func() time.Time
}

// Desk is where pushes arrive and are carried out. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o     Options
	codec codec
	notes *store.Collection[note]
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	d := &Desk{o: o}
	if !d.off() {
		c, err := newCodec(o.AESKey.Reveal(), o.AppID)
		if err != nil {
			return nil, err
		}
		d.codec = c
	}
	var err error
	d.notes, err = openNotes(ctx, o.Engine)
	return d, err
}

// off reports whether no pushes are taken: an empty token would let in whoever signs with nothing.
func (d *Desk) off() bool { return d.o.Token.Reveal() == "" || d.o.AESKey.Reveal() == "" }
