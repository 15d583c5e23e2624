package report

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
)

// Lodged is what somebody tells us. It says nothing about who they are.
type Lodged struct {
	Kind          Kind
	PrivacyNumber string // of the account that it is about, as it was read out; "" = not known
	Text          string // at most MaxText runes; sealed
}

// owner is whom the vault binds reports to: nobody's own key would do, for a reporter is nobody.
const owner = "reports"

const maxDraws = 16

var errNumbers = errors.New("report: no number that is free")

// Lodge takes a report. The answer, and what is done for it, is the same whether the privacy number leads to somebody or
// not; what follows is Work's. Faults: ErrKind, ErrNumber, ErrText.
func (d *Desk) Lodge(ctx context.Context, l Lodged) (Report, error) {
	number, err := check(l)
	if err != nil {
		return Report{}, err
	}
	about, err := d.o.Subjects.NumberOf(ctx, number)
	if err != nil && !errors.Is(err, subject.ErrUnknown) {
		return Report{}, err
	}
	now := d.o.Now()
	r := Report{Kind: l.Kind, State: Received, Subject: about, ReceivedAt: now, Next: now}
	r.DueAt, r.Provisional = d.o.Deadline(now, Days)
	for range maxDraws {
		r.Number = d.o.IDs.NewReportNumber()
		if err := d.seal(&r, l.Text); err != nil {
			return Report{}, err
		}
		if err = d.records.reports.Insert(ctx, r.Number, r); errors.Is(err, store.ErrExists) {
			continue
		}
		d.o.Poke()
		return r, err
	}
	return Report{}, errNumbers
}

// check says what is wrong with a report, and gives the privacy number in its canonical form.
func check(l Lodged) (number string, err error) {
	if l.Kind != MinorData && l.Kind != Complaint {
		return "", ErrKind.At("body.kind", "应为 minor_data 或 complaint", "expected minor_data or complaint")
	}
	if l.PrivacyNumber != "" {
		if number, err = ident.ParsePrivacyNumber(l.PrivacyNumber); err != nil {
			return "", ErrNumber.At("body.privacy_number", "形如 PN-XXXX-XXXX", "of the form PN-XXXX-XXXX")
		}
	}
	needed := number == "" || l.Kind == Complaint
	if utf8.RuneCountInString(l.Text) > MaxText || needed && strings.TrimSpace(l.Text) == "" {
		return "", ErrText.At("body.text", "1 至 2000 字", "1 to 2000 characters")
	}
	return number, nil
}

func place(number string) vault.Place {
	return vault.Place{Collection: "reports", Document: number, Field: "text"}
}

// seal gives a report a key of its own and seals the text under it; an empty text is sealed too.
func (d *Desk) seal(r *Report, text string) (err error) {
	if r.Key, err = d.o.Vault.NewKey(owner); err != nil {
		return err
	}
	r.Text, err = d.o.Vault.Seal(owner, r.Key, place(r.Number), []byte(text))
	return err
}

// Text opens what was written, for the staff who decide.
func (d *Desk) Text(r Report) (string, error) {
	text, err := d.o.Vault.Open(owner, r.Key, place(r.Number), r.Text)
	return string(text), err
}
