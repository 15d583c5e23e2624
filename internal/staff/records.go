package staff

import (
	"context"
	"time"

	"zhiqing/internal/store"
)

// account is what is kept of an officer. Its id follows from the name under the vault's index key, so that a name is found
// by one read and is there once.
type account struct {
	Name         string       `bson:"name"`
	Role         Role         `bson:"role"`
	Password     passwordHash `bson:"password"`
	Key          []byte       `bson:"key"`                // the data key of Secret, wrapped; it is drawn anew with it
	Secret       []byte       `bson:"secret,omitempty"`   // of the one-time codes, sealed; none only for Bootstrap's account
	Step         int64        `bson:"step"`               // the newest time step whose code was used
	Identity     string       `bson:"identity,omitempty"` // who signs in at the identity provider, as a keyed hash; then there is no password
	Subject      string       `bson:"subject,omitempty"`  // who did so first, as a keyed hash; nobody else may since
	Disabled     bool         `bson:"disabled"`
	Epoch        int64        `bson:"epoch"` // goes up with each change that ends sessions
	TrainedUntil time.Time    `bson:"trained"`
	Created      time.Time    `bson:"created"`
}

// visit is a session as it is stored, under the hash of its token.
type visit struct {
	Officer string    `bson:"officer"`
	Epoch   int64     `bson:"epoch"`
	Began   time.Time `bson:"began"`
	Seen    time.Time `bson:"seen"`
	StepUp  time.Time `bson:"step_up"`
}

// strikes counts tries under a name, whether it has an account or not.
type strikes struct {
	N      int       `bson:"n"`
	Until  time.Time `bson:"until"`  // refused until then
	Forget time.Time `bson:"forget"` // the count begins anew
}

// spent is what an officer did within the last hour.
type spent struct {
	At      []time.Time `bson:"at"`
	Alarmed time.Time   `bson:"alarmed"`
}

type records struct {
	accounts  *store.Collection[account]
	visits    *store.Collection[visit]
	strikes   *store.Collection[strikes]
	spent     *store.Collection[spent]
	journeys  *store.Collection[journey]
	approvals *store.Collection[Approval]
}

// collection holds the accounts.
const collection = "staff"

const (
	byEnd   = "ends"  // when to forget
	byState = "state" // approvals that wait, oldest first
	byUse   = "use"   // approvals of an officer for one permission and record
	byAsker = "asker" // approvals that an officer asked for, by time

	byIdentity = "identity" // accounts of the identity provider's people
)

// elsewhere reports whether the account signs in at the identity provider, and nowhere else.
func (a account) elsewhere() bool { return a.Identity != "" }

func identityKey(a *account) []string {
	if a.Identity == "" {
		return nil
	}
	return []string{store.Key(a.Identity)}
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	if r.accounts, err = store.Open(ctx, e, collection, store.Index[account]{Name: byIdentity, Keys: identityKey}); err != nil {
		return r, err
	}
	if r.visits, err = store.Open(ctx, e, "staff_sessions",
		store.Index[visit]{Name: byEnd, Keys: func(v *visit) []string { return []string{store.Key(v.ends())} }}); err != nil {
		return r, err
	}
	if r.strikes, err = store.Open(ctx, e, "staff_strikes",
		store.Index[strikes]{Name: byEnd, Keys: func(s *strikes) []string { return []string{store.Key(s.Forget)} }}); err != nil {
		return r, err
	}
	if r.spent, err = store.Open[spent](ctx, e, "staff_quotas"); err != nil {
		return r, err
	}
	if r.journeys, err = store.Open(ctx, e, "staff_journeys",
		store.Index[journey]{Name: byEnd, Keys: func(j *journey) []string { return []string{store.Key(j.ends())} }}); err != nil {
		return r, err
	}
	r.approvals, err = store.Open(ctx, e, "approvals",
		store.Index[Approval]{Name: byState, Keys: func(a *Approval) []string {
			if a.State != Asked {
				return nil
			}
			return []string{store.Key(string(a.State), a.AskedAt)}
		}},
		store.Index[Approval]{Name: byUse, Keys: func(a *Approval) []string {
			return []string{store.Key(a.AskedBy, string(a.Permission), a.Record, a.AskedAt)}
		}},
		store.Index[Approval]{Name: byEnd, Keys: func(a *Approval) []string { return []string{store.Key(a.AskedAt.Add(keptFor))} }},
		store.Index[Approval]{Name: byAsker, Keys: func(a *Approval) []string { return []string{store.Key(a.AskedBy, a.AskedAt)} }},
	)
	return r, err
}
