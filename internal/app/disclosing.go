package app

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"zhiqing/internal/disclosure"
	"zhiqing/internal/fault"
	"zhiqing/internal/halt"
	"zhiqing/internal/ident"
	"zhiqing/internal/message"
	"zhiqing/internal/profile"
	"zhiqing/internal/purpose"
	"zhiqing/internal/service"
	"zhiqing/internal/subject"
)

// Here the one way out for personal data meets those who know the persons.

// disclosuresJob names what tells people of disclosures when their time has come, and ends what is over.
const disclosuresJob = "disclosures"

// openDisclosures plugs the desk together, and opens the door to the operator's other systems that use it.
func (a *App) openDisclosures(ctx context.Context) (err error) {
	ids := ident.Source{Reader: rand.Reader}
	if a.Services, err = service.Open(ctx, service.Options{Engine: a.engine, Audit: a.Audit, Now: a.now, IDs: ids}); err != nil {
		return err
	}
	a.Disclosures, err = disclosure.Open(ctx, disclosure.Options{
		Engine: a.engine, Audit: a.Audit, Staff: a.Staff, People: disclosed{a}, Purposes: a.purposes, Fields: a.disclosable(), Transfers: a.transfersOf,
		Stopped: func(ctx context.Context, recipient string) (bool, error) { return a.Halts.Stopped(ctx, recipient) }, Now: a.now, IDs: ids,
	})
	if err != nil {
		return err
	}
	a.Halts, err = halt.Open(ctx, halt.Options{Engine: a.engine, Audit: a.Audit, Staff: a.Staff, Purposes: a.purposes, Received: a.Disclosures.Received, Now: a.now})
	if err != nil {
		return err
	}
	return a.Halts.Refresh(ctx)
}

// refreshHalts keeps this server in step with what others have stopped.
func (a *App) refreshHalts(ctx context.Context) (int, error) { return 0, a.Halts.Refresh(ctx) }

// wechatIDs and privacyNumber are what an authority may ask for beside the profile, by their codes in the catalogue; switches
// is what it has no use for.
const (
	wechatIDs     = "wechat_ids"
	privacyNumber = "privacy_number"
	switches      = "contact_preferences"
)

// disclosable is what an authority may ask for: what this program keeps of a person, by the names of the catalogue.
func (a *App) disclosable() map[string]fault.Text {
	codes := append(profile.Names(), wechatIDs, privacyNumber)
	fields := map[string]fault.Text{}
	for _, p := range a.purposes.All() {
		for _, item := range p.DataItems {
			if slices.Contains(codes, item.Code) && item.Code != switches {
				fields[item.Code] = fault.Text{ZH: item.Title.ZH, EN: item.Title.EN}
			}
		}
	}
	return fields
}

// disclosed is what package disclosure asks of the rest.
type disclosed struct{ a *App }

var _ disclosure.People = disclosed{}

// Person finds who has a privacy number, or a phone number as it is written in China or with its country.
func (x disclosed) Person(ctx context.Context, term string) (string, error) {
	if number, err := ident.ParsePrivacyNumber(term); err == nil {
		id, err := x.a.Subjects.NumberOf(ctx, number)
		return id, orNoPerson(err)
	}
	phone := strings.NewReplacer(" ", "", "-", "").Replace(term)
	if len(phone) == len("13800138000") && phone[0] == '1' {
		phone = "+86" + phone
	}
	if !strings.HasPrefix(phone, "+") {
		return "", disclosure.ErrPerson
	}
	found, err := x.a.Subjects.WithPhone(ctx, x.a.phoneIndex(phone))
	switch {
	case err != nil:
		return "", err
	case len(found) != 1:
		return "", disclosure.ErrPerson
	}
	return found[0].ID, nil
}

// Lets says whether a purpose may be served for a person now, and where it rests on consent, by which entry.
func (x disclosed) Lets(ctx context.Context, id string, p purpose.Purpose, recipient string) (string, error) {
	s, err := x.a.Subjects.Find(ctx, id)
	if err != nil {
		return "", orNoPerson(err)
	}
	people := x.a.people()
	usable, err := people.Usable(ctx, &s)
	switch {
	case err != nil:
		return "", err
	case !usable(p.Code):
		return "", disclosure.ErrConsent
	case !p.NeedsConsent():
		return "", nil
	case !p.PerRecipient:
		recipient = ""
	}
	standing, _, err := x.a.Consents.At(ctx, people.actor(s), p.Code, recipient, x.a.now())
	if err == nil && !standing.State.Allows() {
		err = disclosure.ErrConsent
	}
	return standing.EntryID, err
}

// Values opens what is kept under these codes.
func (x disclosed) Values(ctx context.Context, id string, fields []string) (map[string]any, error) {
	s, err := x.a.Subjects.Find(ctx, id)
	switch {
	case err != nil:
		return nil, orNoPerson(err)
	case s.State.Over() || len(s.Key) == 0:
		return nil, disclosure.ErrPerson
	}
	files, err := x.a.Profiles.Holder().Export(ctx, id)
	if err != nil {
		return nil, err
	}
	values := map[string]any{privacyNumber: s.PrivacyNumber}
	for _, r := range files[0].Records {
		if record, ok := r.(map[string]any); ok {
			values[record["field"].(string)] = record["value"]
		}
	}
	if slices.Contains(fields, wechatIDs) {
		who, err := x.a.Subjects.Identity(s)
		if err != nil {
			return nil, err
		}
		values[wechatIDs] = map[string]string{"openid": who.OpenID.Reveal(), "unionid": who.UnionID.Reveal()}
	}
	for code := range values {
		if !slices.Contains(fields, code) {
			delete(values, code)
		}
	}
	return values, nil
}

// Tell leaves the message; an account that is over is told nothing.
func (x disclosed) Tell(ctx context.Context, id, key string) error {
	return x.a.Messages.Tell(ctx, id, message.Disclosed, message.Refs{}, key)
}

func orNoPerson(err error) error {
	if fault.KindOf(err) == fault.Missing {
		return disclosure.ErrPerson.Because(subject.ErrUnknown)
	}
	return err
}

// transfersOf are what companies have fetched at a person's own request, as disclosures.
func (a *App) transfersOf(ctx context.Context, id, after string, limit int) (list []disclosure.Told, next string, err error) {
	found, next, err := a.Rights.Disclosures(ctx, id, after, limit)
	for _, x := range found {
		list = append(list, disclosure.Told{
			At: x.At, Code: x.Recipient.Code, Name: fault.Text(x.Recipient.Name), Purpose: fault.Text(x.Recipient.Purpose), LegalBasis: x.LegalBasis, Fields: x.Fields, Reference: x.Reference,
		})
	}
	return list, next, err
}

// maxUntold bounds how many late notices are counted.
const maxUntold = 100

// watchDisclosures counts emergency disclosures of which the person should have been told, for the operator and /metrics.
func (a *App) watchDisclosures(ctx context.Context) error {
	late, err := a.Disclosures.Untold(ctx, maxUntold)
	if err != nil {
		return err
	}
	a.metrics.UntoldEmergencies(len(late))
	for _, x := range late {
		a.log.Error("an emergency disclosure has not been told to the person in time", "disclosure", x.ID, "due", x.TellDue)
	}
	return nil
}
