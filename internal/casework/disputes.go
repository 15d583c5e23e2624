package casework

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// Evidence is what staff have seen, and have not kept: its kind and its reference (requirements A-L14.1).
type Evidence struct {
	Kind      string // a code of the list that belongs to the act
	Reference string // number of the document or ticket: 1…40 of letters, digits and . _ / # -, with a digit; the person sees it
}

// EvidenceKind is one kind of evidence that may be offered.
type EvidenceKind struct {
	Code  string
	Title fault.Text
}

var ageEvidence = []EvidenceKind{
	{"id_card_seen", fault.Text{ZH: "当面或视频核对身份证件（不留存）", EN: "Identity card seen in person or by video (not kept)"}},
	{"household_register", fault.Text{ZH: "户口簿", EN: "Household register"}},
	{"passport", fault.Text{ZH: "护照", EN: "Passport"}},
	{"authority_letter", fault.Text{ZH: "主管机关出具的证明", EN: "Letter of an authority"}},
}

var disputeEvidence = []EvidenceKind{
	{"court_judgment", fault.Text{ZH: "人民法院的裁判文书", EN: "Decision of a court"}},
	{"committee_designation", fault.Text{ZH: "居民委员会、村民委员会的指定", EN: "Designation by a residents' or villagers' committee"}},
	{"civil_affairs", fault.Text{ZH: "民政部门的决定", EN: "Decision of the civil affairs authority"}},
}

// AgeEvidence lists what may show an age.
func AgeEvidence() []EvidenceKind { return slices.Clone(ageEvidence) }

// DisputeEvidence lists what may end a dispute (民法典 art. 31).
func DisputeEvidence() []EvidenceKind { return slices.Clone(disputeEvidence) }

// referenceForm has no room for a name: the person reads it in the access log.
var referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/#-]{0,39}$`)

func (e Evidence) check(kinds []EvidenceKind) error {
	wrong := ErrEvidence
	if !slices.ContainsFunc(kinds, func(k EvidenceKind) bool { return k.Code == e.Kind }) {
		wrong = wrong.At("body.kind", "请选择凭证种类", "choose the kind of evidence")
	}
	if !referenceForm.MatchString(e.Reference) || !strings.ContainsAny(e.Reference, "0123456789") {
		wrong = wrong.At("body.reference", "1 至 40 个字母、数字或 . _ / # -，至少一个数字", "1 to 40 letters, digits or . _ / # -, with at least one digit")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// Dispute is one account on which guardians disagree: numbers and dates, nobody's name or id.
type Dispute struct {
	Ref          string // gdn_…; Resolve takes it
	Band         subject.Band
	Since, Due   time.Time
	WorkdaysLeft int
	Urgency      rights.Urgency
	For, Against int // guardians who consent, and who refuse
}

// Disputes lists open disputes, the oldest first; limit is 1…100. It needs dispute.resolve without the fresh proof of
// identity that resolving one needs. Faults: staff.ErrForbidden, ErrTraining.
func (d *Desk) Disputes(ctx context.Context, s staff.Session, after string, limit int) (list []Dispute, next string, err error) {
	if err := d.o.Staff.Allow(ctx, s, staff.DisputeResolve); err != nil && !errors.Is(err, staff.ErrStepUp) {
		return nil, "", err
	}
	if err := d.note(ctx, s, audit.Row{Action: "staff.queue_viewed", Fields: []string{"disputes"}, Result: allowed}); err != nil {
		return nil, "", err
	}
	found, next, err := d.o.Guardians.Disputes(ctx, after, min(max(limit, 1), maxPage))
	for _, x := range found {
		list = append(list, d.dispute(x))
	}
	return list, next, err
}

func (d *Desk) dispute(x guardian.Dispute) Dispute {
	now := d.o.Now()
	return Dispute{
		Ref: x.Link, Band: x.Band, Since: x.Since, Due: x.Due, For: x.For, Against: x.Against, WorkdaysLeft: d.o.Workdays(now, x.Due),
		Urgency: rights.UrgencyOf(rights.Request{State: rights.InProgress, ReceivedAt: x.Since, DueAt: x.Due}, now),
	}
}

// Resolve ends a dispute by what an authority has decided: in favour of the consent, or against it, and the data is destroyed.
// Faults: those of staff.Desk.Allow for dispute.resolve (and Use, where the table wants four eyes), ErrEvidence, ErrDispute,
// ErrMoved.
func (d *Desk) Resolve(ctx context.Context, s staff.Session, ref string, inFavour bool, e Evidence) error {
	if err := d.o.Staff.Allow(ctx, s, staff.DisputeResolve); err != nil {
		return err
	}
	if err := e.check(disputeEvidence); err != nil {
		return err
	}
	x, err := d.o.Guardians.DisputeOf(ctx, ref)
	if errors.Is(err, guardian.ErrUnknownLink) || errors.Is(err, guardian.ErrNotNow) {
		return ErrDispute.Because(err)
	}
	if err == nil {
		err = d.fourEyes(ctx, s, staff.DisputeResolve, x.Minor)
	}
	if err != nil {
		return err
	}
	result := "against"
	if inFavour {
		result = "in_favour"
	}
	err = d.act(ctx, s, audit.Row{
		Action: "guardian.dispute_resolved", Subject: x.Minor, Reason: forGuardian, Reference: e.Reference,
		Fields: []string{"evidence." + e.Kind}, Result: result,
	}, func() error { return d.o.Guardians.Resolve(ctx, x.Minor, inFavour) })
	if errors.Is(err, guardian.ErrNotNow) {
		return ErrMoved.Because(err)
	}
	return err
}

// fourEyes asks for another officer's approval where the operator's table marks the permission.
func (d *Desk) fourEyes(ctx context.Context, s staff.Session, p staff.Permission, record string) error {
	if !d.o.Staff.Roles().FourEyes(p) {
		return nil
	}
	_, err := d.o.Staff.Use(ctx, s, p, record)
	return err
}
