package consent

import (
	"context"
	"time"

	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
)

// GuardianAct is one act by which a guardian decides for a minor.
type GuardianAct struct {
	Book, Link, Relation, Verify    string
	Band                            subject.Band
	Key                             string
	Verb                            Verb
	Purposes                        []string
	NoticeVersion, Language, Method string
}

// MinorConsent is what a minor's account rests on.
type MinorConsent struct {
	Guardian State
	Until    time.Time
	Own      State
}

func (d *Desk) OfferedTo(band subject.Band, lang string) []*purpose.Purpose { return nil }
func (d *Desk) CheckGuardianAct(a GuardianAct) error                        { return nil }
func (d *Desk) DecideAsGuardian(ctx context.Context, a GuardianAct) ([]Recorded, error) {
	return nil, nil
}
func (d *Desk) EndParty(ctx context.Context, book, party string, state State, key string) error {
	return nil
}
func (d *Desk) RevokeAll(ctx context.Context, book, key string) error { return nil }
func (d *Desk) Minor(ctx context.Context, book string) (MinorConsent, error) {
	return MinorConsent{}, nil
}
func (d *Desk) Live(ctx context.Context, who Actor) (func(purpose string) bool, error) {
	return nil, nil
}
func (d *Desk) SweepEnded(ctx context.Context) (int, error)   { return 0, nil }
func (d *Desk) SweepExpired(ctx context.Context) (int, error) { return 0, nil }
