package push

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
	"zhiqing/internal/wechat"
)

// Query is what WeChat writes into the address of a push.
type Query struct {
	Signature, Timestamp, Nonce string
	Echo                        string // echostr, of the handshake
	EncryptType, MsgSignature   string
}

// Handshake answers WeChat's question whether this address is ours: the echo, as it came. Faults: ErrOff, ErrRefused.
func (d *Desk) Handshake(q Query) (string, error) {
	if err := d.admit(q); err != nil {
		return "", err
	}
	return q.Echo, nil
}

// admit checks the signature over the address, and that it is of now.
func (d *Desk) admit(q Query) error {
	if d.off() {
		return ErrOff
	}
	authentic := same(q.Signature, signature(d.o.Token.Reveal(), q.Timestamp, q.Nonce))
	seconds, err := strconv.ParseInt(q.Timestamp, 10, 64)
	if age := d.o.Now().Sub(time.Unix(seconds, 0)); !authentic || err != nil || age > fresh || age < -fresh {
		return ErrRefused
	}
	return nil
}

// Receive verifies a push and notes what it asks for. A nil error means: durable, or nothing to do; answer `success`. Any
// other makes WeChat send it again. Faults: ErrOff, ErrRefused, ErrTooLong, ErrBody, store.ErrUnavailable.
func (d *Desk) Receive(ctx context.Context, q Query, body []byte) error {
	if err := d.admit(q); err != nil {
		return err
	}
	if len(body) > MaxBody {
		return ErrTooLong
	}
	event, err := d.read(q, body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return d.note(ctx, event)
}

// read opens the envelope. In WeChat's compatible mode plain members stand beside the sealed ones; only the sealed count.
func (d *Desk) read(q Query, body []byte) (map[string]string, error) {
	envelope, err := fields(body)
	if err != nil {
		return nil, ErrBody
	}
	secret := envelope["encrypt"]
	if q.EncryptType != "aes" || secret == "" || !same(q.MsgSignature, signature(d.o.Token.Reveal(), q.Timestamp, q.Nonce, secret)) {
		return nil, ErrRefused
	}
	plain, err := d.codec.open(secret)
	if err != nil {
		return nil, ErrRefused
	}
	event, err := fields(plain)
	if err != nil {
		return nil, ErrBody
	}
	return event, nil
}

// note stores what an event asks for, once. Whom it is about is looked up now, so that no openid is kept.
func (d *Desk) note(ctx context.Context, event map[string]string) error {
	name, openid := event["event"], event["openid"]
	if !slices.Contains([]string{revoked, cancelled, modified}, name) || openid == "" {
		return nil
	}
	now := d.o.Now()
	n := note{Event: name, Fields: erases(name, event["revokeinfo"]), At: now, Next: now}
	if name == cancelled {
		n.Fields = nil
	} else if len(n.Fields) == 0 {
		return nil // a code of something that we never keep
	}
	who, err := d.o.People.FindByIdentity(ctx, wechat.Identity{OpenID: wechat.Secret(openid)})
	if fault.KindOf(err) == fault.Missing {
		return nil
	}
	if err != nil {
		return err
	}
	n.Subject = who
	id := d.idOf(name, openid, event["createtime"], event["revokeinfo"])
	if err := d.notes.Insert(ctx, id, n); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	d.o.Poke()
	return nil
}

// idOf gives the same event the same id, however often WeChat sends it.
func (d *Desk) idOf(parts ...string) string {
	m := hmac.New(sha256.New, d.o.Key)
	_, _ = fmt.Fprintf(m, "%q", parts)
	return hex.EncodeToString(m.Sum(nil))
}
