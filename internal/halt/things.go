package halt

import (
	"zhiqing/internal/fault"
	"zhiqing/internal/purpose"
)

// Thing is something that can be stopped.
type Thing struct {
	Code  string
	Title fault.Text
}

// Purposes lists those that can be stopped, in the catalogue's order.
func (d *Desk) Purposes() (list []Thing) {
	for _, p := range d.o.Purposes.All() {
		if p.LegalBasis != purpose.LegalDuty {
			list = append(list, Thing{p.Code, fault.Text{ZH: p.Title.ZH, EN: p.Title.EN}})
		}
	}
	return list
}

// Recipients lists those that can be stopped, in the catalogue's order.
func (d *Desk) Recipients() (list []Thing) {
	for _, r := range d.o.Purposes.Recipients() {
		if r.Role != purpose.Platform {
			list = append(list, Thing{r.Code, fault.Text{ZH: r.Name.ZH, EN: r.Name.EN}})
		}
	}
	return list
}
