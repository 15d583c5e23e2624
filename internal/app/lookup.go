package app

import (
	"context"
	"strings"

	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/lookup"
	"zhiqing/internal/wechat"
)

// openLookups gives staff their way to one record, and people the log of who went it.
func (a *App) openLookups(ctx context.Context, ids ident.Source) (err error) {
	a.Lookups, err = lookup.Open(ctx, lookup.Options{
		Engine: a.engine, Audit: a.Audit, Staff: a.Staff, Subjects: a.Subjects, Consents: a.Consents, Profiles: a.Profiles, Requests: a.Rights,
		Purposes: a.purposes, PhoneOf: a.phoneIndex, Actor: a.people().actor, Needs: a.minors.Needs, Relation: a.relationTitle,
		Paused: a.people().pausedBy, Disclosures: a.disclosuresOf, Now: a.now, IDs: ids,
	})
	return err
}

// phoneIndex is the blind index of a number such as +8613800138000, the same as a profile's.
func (a *App) phoneIndex(number string) string {
	return guardian.PhoneIndex(a.Subjects, wechat.Phone{Number: wechat.Secret(strings.TrimPrefix(number, "+"))})
}

func (a *App) relationTitle(code string) (fault.Text, bool) {
	r, ok := a.minors.Relation(code)
	return fault.Text{ZH: r.Title.ZH, EN: r.Title.EN}, ok
}
