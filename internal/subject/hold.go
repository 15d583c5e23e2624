package subject

import (
	"slices"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

// Hold is a legal hold over what the document keeps (PIPL art. 47(2)): it is stored, and nothing of it is erased. It lies in
// the document itself, so that no erasure slips in between the look at it and the swap. Package retention says when one
// begins and ends.
type Hold struct {
	ID   string `bson:"id"`             // hld_…
	What string `bson:"what,omitempty"` // a data item's code; "" = everything
}

// maxHolds bounds what one document holds.
const maxHolds = 50

// The ways in which a hold stands in the way, or cannot.
var (
	ErrHeld  = fault.Define(fault.Conflict, "subject.held", "因法律程序依法保全，暂不能删除或修改；保全结束后即行办理。", "A legal hold keeps this for now; it cannot be erased or changed until the hold ends.")
	ErrHolds = fault.Define(fault.TooMany, "subject.too_many_holds", "保全过多。", "There are too many holds.")
)

// Hold puts a hold on the document, once. For Register.Change.
func (s *Subject) Hold(h Hold) error {
	switch {
	case s.State.Over() || slices.Contains(s.Holds, h): // of one that is over nothing is left to hold
		return store.ErrUnchanged
	case len(s.Holds) == maxHolds:
		return ErrHolds
	}
	s.Holds = append(s.Holds, h)
	return nil
}

// Release takes a hold off the document. For Register.Change.
func (s *Subject) Release(id string) error {
	before := len(s.Holds)
	s.Holds = slices.DeleteFunc(s.Holds, func(h Hold) bool { return h.ID == id })
	if len(s.Holds) == before {
		return store.ErrUnchanged
	}
	return nil
}

// Held reports whether a hold covers a field; "" = whether there is any: then the account cannot end.
func (s *Subject) Held(field string) bool {
	return slices.ContainsFunc(s.Holds, func(h Hold) bool { return field == "" || h.What == "" || h.What == field })
}
