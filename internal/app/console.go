package app

import (
	"zhiqing/internal/console"
)

// openConsole puts the staff's pages on the edge.
func (a *App) openConsole() (err error) {
	a.Console, err = console.Open(console.Options{
		Edge: a.edge, Staff: a.Staff, Lookups: a.Lookups, Cases: a.Casework, Disclosures: a.Disclosures, Halts: a.Halts, Tally: a.Tally, Inspection: a.Inspection, Notices: a.notices, Signer: a.keys, Figures: a.minorsFigures,
		Now: a.now, Operator: a.config.Operator.Name,
		Production: a.config.InProduction(),
	})
	return err
}
