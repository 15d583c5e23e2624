package staff

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"zhiqing/internal/store"
)

const (
	// JourneyLife is how long a browser may be away at the provider.
	JourneyLife = 10 * time.Minute
	// skew is how far the provider's clock may be off.
	skew = time.Minute
)

// journey is a browser's way to the provider, under a hash of the ticket that its cookie holds.
type journey struct {
	Began time.Time `bson:"began"`
	Visit string    `bson:"visit,omitempty"` // whose identity is proved afresh; "" = a sign-in
}

// ticket is what the browser keeps in a cookie meanwhile. State, nonce, verifier and the journey's id each follow from it one
// way, so neither the URL, nor the provider, nor who reads the store can make one from another.
type ticket []byte

func parseTicket(text string) (ticket, bool) {
	raw, err := tokenText.DecodeString(text)
	return raw, err == nil && len(raw) == tokenLen
}

func (t ticket) derive(use string) []byte {
	sum := sha256.Sum256(append([]byte("zhiqing/staff-journey/"+use+"/v1\x00"), t...))
	return sum[:]
}

func (t ticket) id() string { return hex.EncodeToString(t.derive("id")) }

func (t ticket) inquiry(j journey) Inquiry {
	part := func(use string) string { return tokenText.EncodeToString(t.derive(use)) }
	return Inquiry{State: part("state"), Nonce: part("nonce"), Verifier: part("verifier"), Afresh: j.Visit != ""}
}

// HasProvider reports whether officers may sign in at an identity provider.
func (d *Desk) HasProvider() bool { return d.o.Provider != nil }

// StartOIDC begins a journey to the identity provider: where to send the browser, and the ticket for a cookie that comes back
// with it (HttpOnly, SameSite=Lax, JourneyLife). token is "" for a sign-in, or the session's for a step-up. Faults:
// ErrNoProvider, ErrProvider, and for a step-up ErrSession, ErrForbidden for an account with a password.
func (d *Desk) StartOIDC(ctx context.Context, token string) (url, cookie string, err error) {
	if d.o.Provider == nil {
		return "", "", ErrNoProvider
	}
	j := journey{Began: d.o.Now()}
	if token != "" {
		id, _, a, err := d.visit(ctx, token)
		if err != nil {
			return "", "", err
		}
		if !a.elsewhere() {
			return "", "", ErrForbidden
		}
		j.Visit = id
	}
	t := ticket(d.o.IDs.Bytes(tokenLen))
	if url, err = d.o.Provider.Send(ctx, t.inquiry(j)); err != nil {
		return "", "", err
	}
	if err := d.journeys.Insert(ctx, t.id(), j); err != nil {
		return "", "", err
	}
	return url, tokenText.EncodeToString(t), nil
}

// FinishOIDC ends a journey: it signs in who has come back, or, for a step-up, moves the session to a new token. A ticket
// works once. An identity without an account gets nothing. A sign-in counts as a step-up from when the provider says that the
// person has proved who they are. Faults: ErrNoProvider, ErrProvider, ErrJourney, ErrNotEnlisted, and for a step-up ErrSession.
func (d *Desk) FinishOIDC(ctx context.Context, cookie string, answer Answer) (token string, s Session, err error) {
	if d.o.Provider == nil {
		return "", Session{}, ErrNoProvider
	}
	t, j, err := d.arrive(ctx, cookie)
	if err != nil {
		return "", Session{}, err
	}
	who, err := d.identify(ctx, t.inquiry(j), j, answer)
	if errors.Is(err, ErrJourney) {
		return "", Session{}, d.turnAway(ctx, Officer{ID: "unknown"}, j.failure(), wrongAnswer, err)
	}
	if err != nil {
		return "", Session{}, err
	}
	if j.Visit != "" {
		return d.stepUpAs(ctx, j.Visit, who)
	}
	return d.signInAs(ctx, who)
}

// viaProvider marks the audit's rows of this way in.
var viaProvider = []string{"oidc"}

// Further results of a try.
const (
	wrongAnswer = "wrong_answer"
	notEnlisted = "not_enlisted"
	otherPerson = "other_person"
)

// arrive spends a ticket. Of two who bring the same one gets through.
func (d *Desk) arrive(ctx context.Context, cookie string) (t ticket, j journey, err error) {
	t, ok := parseTicket(cookie)
	if !ok {
		return nil, j, ErrJourney
	}
	if j, err = d.journeys.Get(ctx, t.id()); errors.Is(err, store.ErrMissing) {
		return nil, j, ErrJourney
	}
	if err != nil {
		return nil, j, err
	}
	mine, err := d.journeys.Delete(ctx, t.id(), nil)
	if err == nil && (!mine || !d.o.Now().Before(j.ends())) {
		err = ErrJourney
	}
	return t, j, err
}

func (j journey) ends() time.Time { return j.Began.Add(JourneyLife) }

// failure is what the audit calls a journey that leads nowhere.
func (j journey) failure() string {
	if j.Visit != "" {
		return "staff.step_up_failed"
	}
	return "staff.sign_in_failed"
}

// identify asks the provider who it is, if the answer belongs to the inquiry (RFC 6749 §10.12), and checks when they proved it.
func (d *Desk) identify(ctx context.Context, q Inquiry, j journey, a Answer) (who Identity, err error) {
	if !hmac.Equal([]byte(a.State), []byte(q.State)) || a.Error != "" || a.Code == "" {
		return who, ErrJourney
	}
	if who, err = d.o.Provider.Redeem(ctx, q, a); err != nil {
		return who, err
	}
	now, unknown := d.o.Now(), who.ProvedAt.IsZero()
	earliest := now.Add(-Absolute)
	if q.Afresh {
		earliest = j.Began
	}
	switch {
	case q.Afresh && unknown, !unknown && who.ProvedAt.Before(earliest.Add(-skew)), who.ProvedAt.After(now.Add(skew)):
		return who, ErrJourney.Because(errors.New("the provider's auth_time does not fit"))
	case who.ProvedAt.After(now):
		who.ProvedAt = now
	}
	return who, nil
}
