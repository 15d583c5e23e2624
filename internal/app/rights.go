package app

import (
	"bytes"
	"context"
	"slices"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/export"
	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/message"
	"zhiqing/internal/purpose"
	"zhiqing/internal/rights"
	"zhiqing/internal/session"
)

// explainer answers "why?" from the register, in the words that the person agreed to (PIPL art. 48; requirements.md A-L12.1).
type explainer struct {
	purposes *purpose.Catalogue
	people   people
	operator string
}

// explanation is one purpose as it was told.
type explanation struct {
	Code               string     `json:"code"`
	Title              string     `json:"title"`
	Description        string     `json:"description"`
	LegalBasis         string     `json:"legal_basis"`
	LegalBasisRef      string     `json:"legal_basis_ref"`
	DataItems          []string   `json:"data_items"`
	Recipients         []string   `json:"recipients"`
	Retention          string     `json:"retention"`
	RefusalConsequence string     `json:"refusal_consequence,omitempty"`
	Definition         string     `json:"definition_sha256"` // of the version that is told here
	State              string     `json:"state,omitempty"`   // where the person's consent stands
	Since              *time.Time `json:"since,omitempty"`
	Notice             string     `json:"notice,omitempty"` // kind and version of the text on which it was decided
	EntryID            string     `json:"entry_id,omitempty"`
}

// Explain tells each purpose at the version that the person decided on, and the others as they are now.
func (e explainer) Explain(ctx context.Context, subject string, purposes []string, language string) (any, error) {
	s, err := e.people.subjects.Find(ctx, subject)
	if err != nil {
		return nil, err
	}
	told, err := e.people.desk.Overview(ctx, e.people.actor(s), language, false)
	if err != nil {
		return nil, err
	}
	list := []explanation{}
	for _, p := range e.purposes.All() {
		if len(purposes) > 0 && !slices.Contains(purposes, p.Code) {
			continue
		}
		x, err := e.one(ctx, p, told.Standings, language)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return map[string]any{"purposes": list, "controller": e.operator}, nil
}

func (e explainer) one(ctx context.Context, p purpose.Purpose, standings []consent.Standing, language string) (explanation, error) {
	i := slices.IndexFunc(standings, func(s consent.Standing) bool { return s.Purpose == p.Code && s.Definition != "" })
	var decided *consent.Standing
	if i >= 0 {
		decided = &standings[i]
		then, err := e.purposes.ByDigest(ctx, decided.Definition)
		if err != nil {
			return explanation{}, err
		}
		p = then
	}
	x := explanation{
		Code: p.Code, Title: p.Title.In(language), Description: p.Description.In(language), LegalBasis: string(p.LegalBasis),
		LegalBasisRef: p.LegalBasisRef.In(language), Retention: p.Retention.Text.In(language), RefusalConsequence: p.RefusalConsequence.In(language),
		Definition: p.Digest, DataItems: []string{}, Recipients: []string{},
	}
	for _, item := range p.DataItems {
		x.DataItems = append(x.DataItems, item.Title.In(language))
	}
	for _, r := range p.ToWhom {
		x.Recipients = append(x.Recipients, r.Name.In(language)+" · "+r.Contact.In(language))
	}
	if decided != nil {
		x.State, x.Since, x.EntryID = string(decided.State), &decided.Since, decided.EntryID
		x.Notice = decided.Notice.Kind + " " + decided.Notice.Version
	}
	return x, nil
}

// Known reports whether a purpose, or a kind of data that some purpose names, has this code.
func (e explainer) Known(code string) bool {
	return slices.ContainsFunc(e.purposes.All(), func(p purpose.Purpose) bool {
		return p.Code == code || slices.ContainsFunc(p.DataItems, func(i purpose.DataItem) bool { return i.Code == code })
	})
}

// exporter builds the package of a request from everything that is kept about a person (requirements.md part E).
type exporter struct{ a *App }

// Build makes the ZIP. It is a worker's work: it may take a second for somebody with thousands of records.
func (e exporter) Build(ctx context.Context, r rights.Request) ([]byte, error) {
	now := e.a.now()
	current, err := e.a.notices.Current("privacy", r.Language)
	if err != nil {
		return nil, err
	}
	p := export.Package{
		RequestNo: r.Number, Subject: r.Subject, GeneratedAt: now, ExpiresAt: now.Add(rights.PackageLife), NoticeVersion: current.Version,
		Language: r.Language, Receipts: map[string]string{}, Titles: map[string]fault.Text{},
		Controller: export.Controller{Name: e.a.config.Operator.Name, Contact: e.a.config.Operator.Contact},
	}
	for _, h := range e.a.Holdings() {
		files, err := h.Export(ctx, r.Subject)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, files...)
	}
	if r.Type == rights.Transfer {
		p.Files = portable(p.Files)
	}
	for _, x := range e.a.purposes.All() {
		p.Titles[x.Code] = fault.Text{ZH: x.Title.In("zh-CN"), EN: x.Title.In("en")}
	}
	if r.Type == rights.Copy { // receipts are evidence between the person and us
		if err := e.receipts(ctx, r, p.Receipts); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	_, err = export.Build(&out, p, e.a.keys)
	return out.Bytes(), err
}

// receipts adds the signed receipt of each decision that stands.
func (e exporter) receipts(ctx context.Context, r rights.Request, to map[string]string) error {
	s, err := e.a.Subjects.Find(ctx, r.Subject)
	if err != nil {
		return err
	}
	told, err := e.a.Consents.Overview(ctx, e.a.people().actor(s), r.Language, false)
	if err != nil {
		return err
	}
	for _, standing := range told.Standings {
		if standing.EntryID == "" {
			continue
		}
		receipt, err := e.a.Consents.Receipt(ctx, r.Subject, standing.EntryID, r.Language)
		if err != nil {
			return err
		}
		if to[standing.EntryID], err = e.a.keys.SignReceipt(receipt); err != nil {
			return err
		}
	}
	return nil
}

// openRights plugs the rights desk together.
func (a *App) openRights(ctx context.Context, accounts rights.Accounts, ids ident.Source) (err error) {
	a.Rights, err = rights.Open(ctx, rights.Options{
		Engine: a.engine, Subjects: a.Subjects, Holdings: a.Holdings, Guardians: a.Guardians, Accounts: accounts,
		Explainer: explainer{a.purposes, a.people(), a.config.Operator.Name}, Exporter: exporter{a}, Contents: packed, Recipients: a.companies, Key: a.keys.Derive("transfer"),
		Lodged: a.countLodged, Deadline: a.workdays, Days: a.config.Operator.ComplaintDays, Poke: a.pokeRights, Now: a.now, IDs: ids,
		Tell: func(ctx context.Context, r rights.Request, to rights.State) error {
			kind := message.RequestDone
			switch {
			case r.Transfer != nil && to == rights.InProgress:
				kind = message.PickupReady
			case r.Transfer != nil:
			case to == rights.InProgress:
				kind = message.RequestHeld
			case to == rights.Refused:
				kind = message.RequestRefused
			case r.Package != nil:
				kind = message.PackageReady
			}
			err := a.Messages.Tell(ctx, r.Requester, kind, message.Refs{Request: r.Number}, string(to)+r.Number)
			if err == nil {
				a.countEnded(r, to)
			}
			return err
		},
		Alarm: a.ring,
		Failed: func(t rights.Type, number string, cause error) error {
			a.log.Error("a step of a rights request failed; it will be tried again", "type", t, "number", number, "error", cause)
			return nil
		},
	})
	return err
}

// fresh refuses somebody who has not proved their WeChat account lately.
func (a *App) fresh(p session.Principal) error {
	return a.Sessions.RequireStepUp(p, a.config.Session.StepUpTTL)
}

// workEvery is how often requests are looked for that nobody has poked for: another server's, or one whose retry is due.
const (
	workEvery   = 2 * time.Second
	requestsJob = "requests"
)

// pokeRights lets the worker look now instead of at its next turn.
func (a *App) pokeRights() { a.Jobs.Poke(requestsJob) }
