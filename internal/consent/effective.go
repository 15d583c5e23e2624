package consent

import (
	"context"
	"time"

	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
)

// view is where a purpose stands for a person: by their own word, their guardians', or both (Actor). Where somebody blocks
// it, it is that decision that is shown.
func (d *Desk) view(who Actor, b *Book, p *purpose.Purpose, recipient string, now time.Time) Standing {
	own := d.effective(b.standing(p.Code, recipient, ""), now)
	if !who.Guardian {
		return own
	}
	guardians := d.guardians(b, p.Code, recipient, now)
	shown := d.together(who, b, p, own, guardians, now)
	if shown.State.Allows() && !p.OpenTo(string(who.Band)) { // given before the age was known
		shown.State = Revoked
	}
	shown.Guardian = guardians.State
	return shown
}

// together weighs a minor's own word against the guardians'. A minor's no counts as soon as it is said: from 14 always,
// before until a guardian, who knows of it, says yes again.
func (d *Desk) together(who Actor, b *Book, p *purpose.Purpose, own, guardians Standing, now time.Time) Standing {
	account := d.effective(b.standing(purpose.MinorAccount, "", ""), now)
	account.Purpose, account.Recipient = own.Purpose, own.Recipient
	switch {
	case !guardians.State.Allows():
		return guardians
	case account.State.no() && (who.Own || account.Seq > guardians.Seq):
		return account
	case who.Own && !own.State.Allows(), own.State.no() && own.Seq > guardians.Seq:
		return own
	case who.Own:
		own.ValidUntil = earliest(own.ValidUntil, guardians.ValidUntil)
		return own
	}
	return guardians
}

// guardians is what the guardians' decisions about a purpose come to. A no outweighs every yes, about the purpose or about
// the account (requirements.md C3), and a guardian's yes counts while that guardian's consent to the account does.
func (d *Desk) guardians(b *Book, code, recipient string, now time.Time) Standing {
	account := d.strongest(b, purpose.MinorAccount, "", now)
	if code == purpose.MinorAccount {
		return account
	}
	if !account.State.Allows() {
		account.Purpose, account.Recipient = code, recipient
		return account
	}
	return d.strongest(b, code, recipient, now)
}

// strongest is the decision that prevails among several guardians: a no, otherwise a yes, otherwise the newest.
func (d *Desk) strongest(b *Book, code, recipient string, now time.Time) Standing {
	most := Standing{Purpose: code, Recipient: recipient, State: Unknown}
	for _, s := range b.Standings {
		if s.Party == "" || s.Purpose != code || s.Recipient != recipient {
			continue
		}
		s = d.effective(s, now)
		if account := d.effective(b.standing(purpose.MinorAccount, "", s.Party), now); s.State.Allows() && !account.State.Allows() {
			s.State = account.State
		}
		if was, is := weight(most.State), weight(s.State); is > was || is == was && s.Seq > most.Seq {
			most = s
		}
	}
	return most
}

func weight(s State) int {
	switch {
	case s.no():
		return 3
	case s.Allows():
		return 2
	case s != Unknown:
		return 1
	}
	return 0
}

// effective is a standing with the state that counts at an instant.
func (d *Desk) effective(s Standing, at time.Time) Standing {
	s.State = s.effective(at, d.o.Notices)
	return s
}

// Live answers which purposes are consented to now, from one reading of the book: by everybody whose consent is needed.
// Where consent is per recipient, it answers whether any recipient has it. Purposes that do not rest on consent are not
// consented to.
func (d *Desk) Live(ctx context.Context, who Actor) (func(purpose string) bool, error) {
	book, err := d.standings(ctx, who.Book)
	if err != nil {
		return nil, err
	}
	now, live := d.o.Now(), map[string]bool{}
	for _, p := range d.o.Purposes.Consentable() {
		for _, recipient := range p.EachRecipient() {
			live[p.Code] = live[p.Code] || d.view(who, &book, p, recipient, now).State.Allows()
		}
	}
	return func(purpose string) bool { return live[purpose] }, nil
}

// MinorConsent is what a minor's account rests on.
type MinorConsent struct {
	Guardian State     // what the guardians' decisions about account.minor come to
	Until    time.Time // the earliest end of those that are live; zero = none is
	Own      State     // what the person said about it at 14 or 18
	OwnSince time.Time // when; zero = never
}

// Minor reads what a minor's account rests on.
func (d *Desk) Minor(ctx context.Context, book string) (MinorConsent, error) {
	b, err := d.standings(ctx, book)
	if err != nil {
		return MinorConsent{}, err
	}
	now := d.o.Now()
	own := d.effective(b.standing(purpose.MinorAccount, "", ""), now)
	m := MinorConsent{Guardian: d.strongest(&b, purpose.MinorAccount, "", now).State, Own: own.State, OwnSince: own.Since}
	for _, s := range b.Standings {
		if s.Purpose == purpose.MinorAccount && s.Party != "" && d.effective(s, now).State.Allows() {
			m.Until = earliest(m.Until, s.ValidUntil)
		}
	}
	return m, nil
}

// OfferedTo lists what a guardian may agree to for somebody of this age band, apart from the account itself: what is
// switched on, open to the band and not for each recipient apart. Nothing while no children's notice is in force in lang.
func (d *Desk) OfferedTo(band subject.Band, lang string) (offered []*purpose.Purpose) {
	if _, _, err := d.account(lang); err != nil {
		return nil
	}
	for _, p := range d.o.Purposes.Consentable() {
		if p.DecidedBy == purpose.ByPerson && !p.PerRecipient && p.Grantable("") && p.OpenTo(string(band)) {
			offered = append(offered, p)
		}
	}
	return offered
}
