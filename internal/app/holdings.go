package app

import (
	"context"

	"zhiqing/internal/holding"
)

// Holdings is everything that is kept about people, in the order in which it erases: the account comes last, because what the
// others keep is found and sealed by it. A collection that nobody here answers for is found by
// TestEveryPersonalCollectionHasAHolder.
func (a *App) Holdings() holding.Registry { return a.registry }

func (a *App) openHoldings() {
	a.registry = holding.Registry{
		a.Profiles.Holder(), a.Consents.Holder(), a.Guardians.Holder(), a.Sessions.Holder(), a.Rights.Holder(), a.Disclosures.Holder(),
		a.Messages.Holder(), a.Reports.Holder(), a.clocks(), a.Lookups.Holder(), a.Subjects.Holder(),
	}
}

// people is what the capabilities together know of a person.
func (a *App) people() people { return people{a.Subjects, a.minors, a.Consents, a.purposes} }

// eraseOthers erases what is kept about somebody whose account is over and lies under no key of theirs.
func (a *App) eraseOthers(ctx context.Context, id string) error {
	for _, h := range []holding.Holder{a.Messages.Holder(), a.Reports.Holder(), a.clocks(), a.Lookups.Holder()} {
		if _, err := h.Erase(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
