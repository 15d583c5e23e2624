package session

import (
	"context"
	"errors"
	"regexp"
	"time"

	"golang.org/x/sync/singleflight"

	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// Desk is where sessions begin, go on and end. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o        Options
	sessions *store.Collection[Session]
	logins   singleflight.Group
	verdicts verdicts
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	c, err := openRecords(ctx, o.Engine)
	if err != nil {
		return nil, err
	}
	return &Desk{o: o, sessions: c, verdicts: newVerdicts()}, nil
}

// StartGuest opens a session for nobody. refused says that the person has just declined the WeChat login: it is
// remembered with the session, and no login is suggested again within the cool-down.
func (d *Desk) StartGuest(ctx context.Context, refused bool) (Issued, error) {
	now := d.o.Now()
	s := Session{Kind: Guest, Owner: d.o.IDs.New(ident.Guest), CreatedAt: now, ExpiresAt: now.Add(d.o.GuestTTL)}
	if refused {
		s.RefusedAt = now
	}
	f := family(d.o.IDs.Bytes(familyLen))
	if err := d.sessions.Insert(ctx, f.sessionID(), s); err != nil {
		return Issued{}, err
	}
	return d.issue(f, s, "", time.Time{})
}

// codeForm is what a wx.login code can look like; anything else never reaches WeChat (wechat.md 0.6).
var codeForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// StartWeChat opens a session for the person who holds a wx.login code. When WeChat cannot answer, the person gets a
// guest session with the reason instead of an error; a code that is invalid or used is the client's error. The same code
// gives the same session for 60 s (LoginGrace).
func (d *Desk) StartWeChat(ctx context.Context, code string) (Issued, error) {
	if !codeForm.MatchString(code) {
		return Issued{}, wechat.ErrCodeInvalid
	}
	f := d.loginFamily(code)
	if again, err := d.repeatLogin(ctx, f); err != nil || again != nil {
		return deref(again), err
	}
	v, err, _ := d.logins.Do(f.sessionID(), func() (any, error) {
		// Shared by every caller with this code, so one caller's hanging up must not fail the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return d.login(ctx, f, code)
	})
	switch {
	case err == nil:
		return v.(Issued), nil
	case errors.Is(err, wechat.ErrCodeUsed): // perhaps another server has just answered a repeat of this very login
		if again, e := d.repeatLogin(ctx, f); e != nil || again != nil {
			return deref(again), e
		}
		return Issued{}, err
	}
	fallback := fallbackFor(err)
	if fallback == nil {
		return Issued{}, err
	}
	issued, err := d.StartGuest(ctx, false)
	issued.Fallback = fallback
	return issued, err
}

func deref(i *Issued) Issued {
	if i == nil {
		return Issued{}
	}
	return *i
}

func (d *Desk) login(ctx context.Context, f family, code string) (Issued, error) {
	who, err := d.o.WeChat.Identify(ctx, code)
	if err != nil {
		return Issued{}, err
	}
	person, err := d.person(ctx, who)
	if err != nil {
		return Issued{}, err
	}
	now := d.o.Now()
	s := Session{Kind: User, Owner: person.ID, CreatedAt: now, ExpiresAt: now.Add(d.o.UserTTL)}
	if err := d.sessions.Insert(ctx, f.sessionID(), s); err != nil && !errors.Is(err, store.ErrExists) {
		return Issued{}, err
	}
	issued, err := d.issue(f, s, person.Band, time.Time{})
	issued.Subject = &person
	return issued, err
}

// person finds or makes the subject, as it stands now. An account whose time has run out in this moment is over; the person
// is a new one then.
func (d *Desk) person(ctx context.Context, who wechat.Identity) (subject.Subject, error) {
	for {
		s, err := d.o.Subjects.ForIdentity(ctx, who)
		if err != nil || d.o.Settle == nil {
			return s, err
		}
		if s, err = d.o.Settle(ctx, s.ID); err != nil || !s.State.Over() {
			return s, err
		}
	}
}

// repeatLogin answers a second login with one code: the same session while it is fresh and its refresh token unused,
// ErrCodeUsed after that, nil when there was no login with this code.
func (d *Desk) repeatLogin(ctx context.Context, f family) (*Issued, error) {
	s, err := d.sessions.Get(ctx, f.sessionID())
	if errors.Is(err, store.ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.Generation != 0 || d.o.Now().Sub(s.CreatedAt) >= d.o.LoginGrace {
		return nil, wechat.ErrCodeUsed
	}
	person, err := d.o.Subjects.Find(ctx, s.Owner)
	if err != nil {
		return nil, err
	}
	issued, err := d.issue(f, s, person.Band, time.Time{})
	issued.Subject = &person
	return &issued, err
}

// fallbackFor says which failures of WeChat lead to guest mode; nil for the client's own errors and for ours.
func fallbackFor(err error) *Fallback {
	reason := ""
	switch {
	case errors.Is(err, wechat.ErrUnavailable), errors.Is(err, wechat.ErrMisuse):
		reason = "wechat_unavailable"
	case errors.Is(err, wechat.ErrLimited):
		reason = "wechat_limited"
	case errors.Is(err, wechat.ErrBlocked):
		return &Fallback{Reason: "wechat_blocked", Cause: err}
	default:
		return nil
	}
	retry := 30 * time.Second
	var f *fault.Fault
	if errors.As(err, &f) && f.Retry > 0 {
		retry = f.Retry
	}
	return &Fallback{Reason: reason, RetryAfter: retry, Cause: err}
}
