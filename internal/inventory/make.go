package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"zhiqing/internal/holding"
	"zhiqing/internal/purpose"
	"zhiqing/internal/register"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// Sources are what an inventory is made of: the program as it is.
type Sources struct {
	Head     Inventory      // Controller, Made, Storage
	Schemas  []store.Schema // of every collection that the program declares
	Holdings holding.Registry
	Purposes *purpose.Catalogue
	Roles    *staff.Roles
	Register *register.Register
}

// Make puts the inventory together. The error names everything in which the table and the program disagree.
func Make(s Sources) (Inventory, error) {
	inv := s.Head
	var problems []error
	inv.Collections, problems = s.collections()
	for _, p := range slices.Concat(s.Purposes.All(), s.Purposes.Elsewhere()) {
		inv.Purposes = append(inv.Purposes, ofPurpose(p))
	}
	for _, r := range s.Purposes.Recipients() {
		inv.Recipients = append(inv.Recipients, ofRecipient(r))
	}
	for _, r := range s.Roles.Rules() {
		inv.Roles = append(inv.Roles, ofRule(r))
	}
	inv.Safeguards = safeguards(s.Register)
	return inv, errors.Join(problems...)
}

// collections compares the table with the live schema, both ways.
func (s Sources) collections() (list []Collection, problems []error) {
	serving := s.serving()
	live := map[string][]string{}
	for _, c := range s.Schemas {
		live[c.Name] = c.Fields
	}
	for _, shelf := range shelves {
		fields, there := live[shelf.collection]
		if !there {
			problems = append(problems, fmt.Errorf("inventory: %s is in the table, and no collection", shelf.collection))
			continue
		}
		delete(live, shelf.collection)
		c, wrong := shelf.describe(fields, serving, s.holders(shelf.collection))
		list, problems = append(list, c), append(problems, wrong...)
	}
	for name := range live {
		problems = append(problems, fmt.Errorf("inventory: %s is a collection, and not in the table: say what it holds about whom", name))
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return list, problems
}

// serving lists for each kind of data the purposes that name it.
func (s Sources) serving() map[string][]string {
	by := map[string][]string{}
	for _, p := range s.Purposes.All() {
		for _, item := range p.DataItems {
			by[item.Code] = append(by[item.Code], p.Code)
		}
	}
	return by
}

// holders names who exports and erases a collection.
func (s Sources) holders(collection string) []string {
	names := []string{}
	for _, h := range s.Holdings {
		if slices.Contains(h.Collections(), collection) {
			names = append(names, h.Name())
		}
	}
	return names
}

func (f shelf) describe(live []string, serving map[string][]string, holders []string) (c Collection, problems []error) {
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("inventory: "+f.collection+": "+format, args...))
	}
	guard, known := guards[f.guard]
	if !known {
		wrong("%q is no protection", f.guard)
	}
	c = Collection{
		Name: f.collection, What: both(f.what), About: f.about, Personal: f.about != "", Fields: []Field{}, Purposes: []string{}, Protection: both(guard), Holders: holders,
	}
	for _, name := range live {
		items, named := f.fields[name]
		if c.Personal && !named {
			wrong("nobody says what the field %s is", name)
		}
		field := Field{Name: name, Items: append([]string{}, strings.Fields(items)...)}
		for _, item := range field.Items {
			if len(serving[item]) == 0 {
				wrong("%s: no purpose names %s", name, item)
			}
			c.Purposes = append(c.Purposes, serving[item]...)
		}
		c.Fields = append(c.Fields, field)
	}
	for name := range f.fields {
		if !slices.Contains(live, name) {
			wrong("%s is in the table, and no field", name)
		}
	}
	slices.Sort(c.Purposes)
	c.Purposes = slices.Compact(c.Purposes)
	switch own := f.basis.ZH != ""; {
	case own:
		basis := both(f.basis)
		c.Basis = &basis
	case c.Personal && len(c.Purposes) == 0:
		wrong("it is about people and serves no purpose")
	case c.Personal && len(holders) == 0 && !transient[f.collection]:
		wrong("it is about people, and nobody exports and erases it")
	case !c.Personal && len(holders) > 0:
		wrong("%v answer for it as personal, and the table says that it is not", holders)
	}
	return c, problems
}

// transient is what is about people by pseudonym alone and goes by itself within a month; the person sees it elsewhere.
var transient = map[string]bool{"approvals": true, "wechat_pushes": true, "inspections": true}

func ofPurpose(p purpose.Purpose) Purpose {
	out := Purpose{
		Code: p.Code, Title: Text(p.Title), Basis: string(p.LegalBasis), Law: Text(p.LegalBasisRef), ConsentKind: string(p.ConsentKind), Necessity: string(p.Necessity),
		Sensitive: p.Sensitive, MinAge: p.MinAge, Items: []Item{}, Recipients: append([]string{}, p.Recipients...), CrossBorder: p.CrossBorder, Enabled: p.Enabled,
		Retention: Period{p.Retention.Period.String(), p.Retention.Starts, p.Retention.Afterwards, Text(p.Retention.Basis)},
	}
	for _, i := range p.DataItems {
		out.Items = append(out.Items, Item{i.Code, Text(i.Title), string(i.Source), !i.Optional, i.Sensitive})
	}
	return out
}

func ofRecipient(r purpose.Recipient) Recipient {
	return Recipient{
		Code: r.Code, Role: string(r.Role), Name: Text(r.Name), Contact: Text(r.Contact), Purpose: Text(r.Purpose), Method: Text(r.Method), Kinds: Text(r.Kinds),
		Region: r.Region, Contract: r.ContractRef, Sample: r.Sample, Enabled: r.Enabled,
	}
}

func ofRule(r staff.Rule) Permission {
	out := Permission{Code: string(r.Permission), Title: both(r.Title), Roles: []string{}, Personal: r.Personal, StepUp: r.StepUp, FourEyes: r.FourEyes, Law: r.Law}
	for _, role := range r.Roles {
		out.Roles = append(out.Roles, string(role))
	}
	return out
}

// safeguards are the rows of the policy register about security (policy L45–L50).
func safeguards(r *register.Register) (list []Safeguard) {
	for _, row := range r.Rows() {
		if row.Line >= 45 && row.Line <= 50 {
			list = append(list, Safeguard{row.ID, Text(row.Capability), row.State == register.Proved, append([]string{}, row.Tests...)})
		}
	}
	return list
}
