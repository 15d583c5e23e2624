package export

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
)

// Package is what goes into one package. The texts are the operator's; Files are as the holders gave them.
type Package struct {
	RequestNo     string // as the person knows the request
	Subject       string // the pseudonym, sub_…
	Controller    Controller
	GeneratedAt   time.Time // the moment of the snapshot; also the time of every file in the ZIP
	ExpiresAt     time.Time // when the operator deletes its copy
	NoticeVersion string    // of the privacy notice in force
	Language      string    // zh-CN or en: of the pages
	Files         []holding.File
	Receipts      map[string]string     // entry id → JWS, see ledger.Keyset.SignReceipt
	Titles        map[string]fault.Text // for people: of purposes and of categories that were left out; optional
}

// Controller is the operator as the person addresses it (PIPL art. 17).
type Controller struct {
	Name    string `json:"name"`
	Contact string `json:"contact"`
}

// Signer signs claims; ledger.Keyset is one.
type Signer interface {
	Sign(use, typ string, claims any) (string, error)
}

// Summary says what Build wrote.
type Summary struct {
	Bytes          int64
	SHA256         string // hex, of the whole ZIP
	ManifestSHA256 string // hex
	Files, Records int
}

// ErrPackage opens every complaint of Build. What follows names fields and files, never a value.
var ErrPackage = errors.New("export: cannot build the package")

var (
	requestForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	entryForm   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$`)
)

// reserved are the names of schemas that every package has.
var reserved = map[string]bool{"manifest": true, "excluded": true, "receipt": true}

// FileName is how the package is called when it is downloaded: request number and Beijing date, nothing personal.
func (p Package) FileName() string {
	return fmt.Sprintf("export-%s-%s.zip", p.RequestNo, p.GeneratedAt.In(beijing).Format("20060102"))
}

// lang is the key of fault.Text.In.
func (p Package) lang() string {
	if strings.HasPrefix(strings.ToLower(p.Language), "en") {
		return "en"
	}
	return "zh"
}

// check names the first field that cannot go into a package.
func (p Package) check() error {
	year := p.GeneratedAt.UTC().Year()
	for _, rule := range []struct {
		field string
		holds bool
	}{
		{"RequestNo", requestForm.MatchString(p.RequestNo)},
		{"Subject", p.Subject != ""},
		{"Controller.Name", p.Controller.Name != ""},
		{"Controller.Contact", p.Controller.Contact != ""},
		{"GeneratedAt", year > 1980 && year < 2100}, // what a ZIP can say
		{"ExpiresAt", p.ExpiresAt.After(p.GeneratedAt)},
		{"NoticeVersion", p.NoticeVersion != ""},
		{"Language", p.Language != ""},
	} {
		if !rule.holds {
			return fmt.Errorf("%w: %s", ErrPackage, rule.field)
		}
	}
	return p.checkNames()
}

// checkNames refuses what would be a path of its own making, or the same path twice.
func (p Package) checkNames() error {
	seen := map[string]bool{}
	for i, f := range p.Files {
		if !nameForm.MatchString(f.Name) || reserved[f.Name] || seen[f.Name] {
			return fmt.Errorf("%w: Files[%d].Name is not of the expected form, reserved or there already", ErrPackage, i)
		}
		seen[f.Name] = true
	}
	for id := range p.Receipts {
		if !entryForm.MatchString(id) {
			return fmt.Errorf("%w: a key of Receipts is no entry id", ErrPackage)
		}
	}
	return nil
}
