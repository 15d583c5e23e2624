package console

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/disclosure"
	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
)

// What leaves for an authority, or to save somebody: one officer orders, another approves (policy L30).

func (k *Console) disclosureRoutes() []route {
	return []route{
		{method: get, path: "/console/disclosures", needs: staff.DisclosureRead, do: k.disclosures},
		{method: get, path: "/console/disclosures/new", needs: staff.DisclosureOrder, do: k.newDisclosure},
		{method: post, path: "/console/disclosures/new", needs: staff.DisclosureOrder, do: k.orderDisclosure},
		{method: get, path: "/console/disclosures/:id", needs: staff.DisclosureRead, do: k.disclosure},
		{method: post, path: "/console/disclosures/:id/ask", needs: staff.DisclosureOrder, do: k.askDisclosure},
		{method: post, path: "/console/disclosures/:id/release", needs: staff.DisclosureOrder, do: k.releaseDisclosure},
		{method: post, path: "/console/disclosures/:id/tell", needs: staff.DisclosureOrder, do: k.tellDisclosure},
	}
}

type disclosuresPage struct {
	List []disclosure.Disclosure
	More string
}

func (k *Console) disclosures(a *ask) error {
	list, next, err := k.o.Disclosures.Orders(a, a.session, a.query.Get("after"), pageSize)
	if err != nil {
		return err
	}
	return a.show("disclosures", disclosuresPage{list, k.more(a, next)})
}

type disclosurePage struct {
	disclosure.Disclosure
	Mine   bool // this officer ordered it
	Open   bool // it can still be released
	Names  map[string]string
	Fields []fault.Text
	Wrong  string
}

func (k *Console) disclosure(a *ask) error { return k.showDisclosure(a, "") }

func (k *Console) showDisclosure(a *ask, wrong string) error {
	x, err := k.o.Disclosures.See(a, a.session, a.param("id"))
	if err != nil {
		return err
	}
	page := disclosurePage{Disclosure: x, Mine: x.AskedBy == a.session.Officer.ID, Names: map[string]string{}, Wrong: wrong}
	page.Open = x.State == disclosure.Requested && k.o.Now().Before(x.Expires)
	for _, f := range x.Fields {
		page.Fields = append(page.Fields, k.o.Disclosures.Title(f))
	}
	accounts, err := k.o.Staff.List(a)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		page.Names[account.ID] = account.Name
	}
	return a.show("disclosure", page)
}

type orderForm struct {
	disclosure.Order
	Until       string // a day in China
	Authorities []disclosure.Authority
	Choices     []choice
	Wrong       string
}

// choice is a field that can be ticked.
type choice struct {
	Code  string
	Title fault.Text
	Taken bool
}

func (k *Console) newDisclosure(a *ask) error {
	return k.showOrder(a, orderForm{Order: disclosure.Order{Basis: disclosure.LegalDuty, Jurisdiction: "CN"}})
}

// showOrder wants the fresh proof of identity before anything is typed.
func (k *Console) showOrder(a *ask, f orderForm) error {
	if err := k.o.Staff.Allow(a, a.session, staff.DisclosureOrder); err != nil {
		return err
	}
	f.Authorities = disclosure.Authorities()
	taken := map[string]bool{}
	for _, code := range f.Order.Fields {
		taken[code] = true
	}
	for _, code := range k.o.Disclosures.Fields() {
		f.Choices = append(f.Choices, choice{code, k.o.Disclosures.Title(code), taken[code]})
	}
	return a.show("order", f)
}

func (k *Console) orderDisclosure(a *ask) error {
	f := orderForm{Until: a.field("until"), Order: disclosure.Order{
		Person: a.field("person"), Basis: disclosure.Basis(a.field("basis")), Authority: a.field("authority"), Organ: a.field("organ"), Contact: a.field("contact"),
		Jurisdiction: a.field("jurisdiction"), Document: a.field("document"), Fields: a.form["fields"], Secrecy: a.field("secrecy"), Later: a.field("later") == "1",
	}}
	var err error
	if f.Until != "" {
		var day time.Time
		if day, err = time.ParseInLocation(time.DateOnly, f.Until, china); err != nil {
			err = errDay
		}
		f.SecretUntil = day.UTC()
	}
	if err == nil {
		var x disclosure.Disclosure
		if x, err = k.o.Disclosures.Request(a, a.session, f.Order); err == nil {
			return a.to("/console/disclosures/"+x.ID, "asked")
		}
	}
	if !answerable(err) {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	f.Wrong = sentence(p)
	return k.showOrder(a, f)
}

func (k *Console) askDisclosure(a *ask) error {
	return k.disclosed(a, "asked", k.o.Disclosures.AskAgain(a, a.session, a.param("id")))
}

func (k *Console) tellDisclosure(a *ask) error {
	return k.disclosed(a, "told", k.o.Disclosures.Tell(a, a.session, a.param("id")))
}

// releaseDisclosure answers with the file itself, after it has been written down.
func (k *Console) releaseDisclosure(a *ask) error {
	x, data, err := k.o.Disclosures.Release(a, a.session, a.param("id"))
	if err != nil {
		return k.disclosed(a, "", err)
	}
	a.c.Set(fiber.HeaderContentType, "application/json; charset=utf-8")
	a.c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+x.ID+`.json"`)
	return a.c.Send(data)
}

// disclosed goes back to the order: to read what has happened, or what stands in the way.
func (k *Console) disclosed(a *ask, said string, err error) error {
	if err == nil {
		return a.to("/console/disclosures/"+a.param("id"), said)
	}
	if !answerable(err) || fault.KindOf(err) == fault.Missing {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	return k.showDisclosure(a, sentence(p))
}
