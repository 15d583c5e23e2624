package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/consent"
	"zhiqing/internal/guardian"
	"zhiqing/internal/notice"
	"zhiqing/internal/subject"
)

// expiring is who of a data set's people have something that ends at one moment: one in a hundred. Of each three of them one
// is a minor whose guardian has never consented, so that the whole account is to be erased; one has a consent that was given
// for a year; and one has a session that was not used any more.
type expiring struct {
	at       time.Time
	accounts []string // subject ids
	consents []string
	sessions int
}

// among is of how many people one is of each kind.
const among = 300

// yearly is a purpose to which people agree for a year.
const yearly = "promotion.participation"

// expire lets the people's lives go on, each at the time at which it must have been for them to end at that moment.
func expire(ctx context.Context, f folder, people int, end time.Time) (e expiring, err error) {
	rules, err := guardian.LoadRules(policy.FS)
	if err != nil {
		return e, err
	}
	e = expiring{at: end, accounts: make([]string, people/among), consents: make([]string, people/among), sessions: people / among}
	fmt.Fprintf(os.Stderr, "letting %d accounts, as many consents and as many sessions end at %s\n", e.sessions, end.Format(time.TimeOnly))
	for _, life := range []struct {
		began time.Time
		live  func(a *app.App, i int) error
	}{
		{end.Add(-rules.Pending), func(a *app.App, i int) (err error) {
			e.accounts[i], err = declareChild(ctx, a, i*among+1)
			return err
		}},
		{end.AddDate(-1, 0, 0), func(a *app.App, i int) (err error) {
			e.consents[i], err = agreeForAYear(ctx, a, i*among+3)
			return err
		}},
		{end.Add(-config.Defaults().Session.UserTTL), func(a *app.App, i int) error {
			_, err := logIn(ctx, a, i*among+5)
			return err
		}},
	} {
		err := inside(ctx, f, at(life.began), func(a *app.App) error {
			return inParallel(connections, people/among, func(i int) error { return life.live(a, i) })
		})
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

func logIn(ctx context.Context, a *app.App, person int) (subject.Subject, error) {
	in, err := a.Sessions.StartWeChat(ctx, fmt.Sprintf("%d-expiring", person))
	if err == nil && in.Subject == nil {
		err = fmt.Errorf("person %d came in as a guest", person)
	}
	if err != nil {
		return subject.Subject{}, err
	}
	return *in.Subject, nil
}

// declareChild logs a person in who then says that they are ten years old.
func declareChild(ctx context.Context, a *app.App, person int) (string, error) {
	s, err := logIn(ctx, a, person)
	if err != nil {
		return "", err
	}
	_, err = a.Guardians.Declare(ctx, s.ID, app.Clock().AddDate(-10, 0, 0).Format(time.DateOnly), "")
	return s.ID, err
}

// agreeForAYear has a person agree to what they have to be asked again every year.
func agreeForAYear(ctx context.Context, a *app.App, person int) (string, error) {
	s, err := a.Subjects.ForIdentity(ctx, identityOf(person))
	if err != nil {
		return "", err
	}
	_, _, err = a.Consents.Decide(ctx, consent.Actor{Book: s.ID}, consent.Batch{
		Method: "tap", Language: notice.Chinese, Decisions: []consent.Decision{{Purpose: yearly, Verb: consent.Grant, NoticeVersion: "1.0"}},
	})
	return s.ID, err
}

// check looks whether all that had to end has ended: accounts erased with a proof, consents written down as expired.
func (e expiring) check(ctx context.Context, f folder) error {
	return inside(ctx, f, app.Clock, func(a *app.App) error {
		for _, id := range e.accounts {
			if s, err := a.Subjects.Find(ctx, id); err != nil || s.State != subject.Erased || s.Erasure.Proof == "" {
				return fmt.Errorf("an account was not erased: %s (%w)", s.State, err)
			}
		}
		for _, id := range e.consents {
			newest, _, err := a.Consents.History(ctx, id, 0, 1)
			if err != nil || len(newest) != 1 || newest[0].State != string(consent.Expired) {
				return fmt.Errorf("a consent was not ended: %+v (%w)", newest, err)
			}
		}
		return nil
	})
}
