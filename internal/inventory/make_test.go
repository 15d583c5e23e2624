package inventory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"zhiqing/config/policy"
	"zhiqing/internal/holding"
	"zhiqing/internal/purpose"
	"zhiqing/internal/register"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// all answers for every collection about users.
type all struct{ names []string }

func (all) Name() string            { return "all" }
func (a all) Collections() []string { return a.names }
func (all) Describe(context.Context, string) ([]holding.Kind, error) {
	return nil, nil
}
func (all) Export(context.Context, string) ([]holding.File, error) { return nil, nil }
func (all) Erase(context.Context, string) ([]holding.Kept, error)  { return nil, nil }
func (all) Remains(context.Context, string) ([]string, error)      { return nil, nil }

// sources are a program that keeps what the table says.
func sources(t *testing.T) Sources {
	t.Helper()
	var s Sources
	var err error
	if s.Purposes, err = purpose.Load(policy.FS); err != nil {
		t.Fatal(err)
	}
	if s.Roles, err = staff.LoadRoles(policy.FS); err != nil {
		t.Fatal(err)
	}
	if s.Register, err = register.Load(policy.FS); err != nil {
		t.Fatal(err)
	}
	var held []string
	for _, f := range shelves {
		s.Schemas = append(s.Schemas, store.Schema{Name: f.collection, Fields: slices.Sorted(maps.Keys(f.fields))})
		if f.about != "" && f.basis.ZH == "" && !transient[f.collection] {
			held = append(held, f.collection)
		}
	}
	s.Holdings = holding.Registry{all{held}}
	return s
}

// Whatever the program keeps and the record does not name, and whatever the record names and is not there, is an error.
func TestTheRecordAndTheProgramCannotDrift(t *testing.T) {
	if _, err := Make(sources(t)); err != nil {
		t.Fatal(err)
	}
	at := func(s *Sources, name string) *store.Schema {
		return &s.Schemas[slices.IndexFunc(s.Schemas, func(x store.Schema) bool { return x.Name == name })]
	}
	for want, spoil := range map[string]func(*Sources){
		"diaries is a collection, and not in the table": func(s *Sources) { s.Schemas = append(s.Schemas, store.Schema{Name: "diaries"}) },
		"subjects: nobody says what the field mood is":  func(s *Sources) { at(s, "subjects").Fields = append(at(s, "subjects").Fields, "mood") },
		"subjects: openid is in the table, and no field": func(s *Sources) {
			at(s, "subjects").Fields = slices.DeleteFunc(at(s, "subjects").Fields, func(f string) bool { return f == "openid" })
		},
		"reports is in the table, and no collection":                 func(s *Sources) { at(s, "reports").Name = "leases" },
		"lookups: it is about people, and nobody exports and erases": func(s *Sources) { s.Holdings = holding.Registry{all{[]string{"books"}}} },
		"leases: [all] answer for it as personal":                    func(s *Sources) { s.Holdings = append(s.Holdings, all{[]string{"leases"}}) },
	} {
		s := sources(t)
		spoil(&s)
		if _, err := Make(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	_, wrong := shelf{collection: "x", about: "users", guard: "sealed", fields: map[string]string{"a": "horoscope"}}.describe([]string{"a"}, nil, []string{"x"})
	if len(wrong) != 2 || !strings.Contains(wrong[0].Error(), "no purpose names horoscope") {
		t.Error(wrong)
	}
}

// The printed record names every purpose, recipient, collection, field and permission, in both languages.
func TestThePrintedRecordIsWhole(t *testing.T) {
	inv, err := Make(sources(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"zh-CN", "en"} {
		var out bytes.Buffer
		if err := inv.Print(&out, lang); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range inv.Purposes {
			names = append(names, p.Code, p.Title.In(lang), p.Law.In(lang), p.Retention.Law.In(lang))
		}
		for _, r := range inv.Recipients {
			names = append(names, r.Name.In(lang), r.Contact.In(lang), r.Contract)
		}
		for _, c := range inv.Collections {
			names = append(names, c.Name, c.What.In(lang))
			for _, f := range c.Fields {
				names = append(names, strings.Join(f.Items, ", "))
			}
		}
		for _, p := range inv.Roles {
			names = append(names, p.Code)
		}
		for _, s := range inv.Safeguards {
			names = append(names, s.Row)
		}
		for _, name := range names {
			if !strings.Contains(out.String(), name) {
				t.Errorf("%s: %q is not printed", lang, name)
			}
		}
	}
}
