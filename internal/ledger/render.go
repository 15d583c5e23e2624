package ledger

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"time"

	"zhiqing/internal/fault"
)

//go:embed receipt.css
var receiptStyle string

//go:embed receipt.html
var receiptHTML string

var receiptPage = template.Must(template.New("receipt").Parse(receiptHTML))

// ReceiptCSP is the Content-Security-Policy under which a page of RenderReceipt works: nothing loads, nothing runs, and
// the one style is known by its hash. The page carries it as well, for when it is opened from a file.
func ReceiptCSP() string {
	sum := sha256.Sum256([]byte(receiptStyle))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// RenderReceipt writes a receipt as one self-contained HTML page for people: lang "en" gives English labels, anything
// else Chinese; the receipt's own texts stay in the language in which they were shown. The receipt is rendered as
// given: verify it first. Errors are those of w, and ErrReceiptForm for a receipt that lacks its purpose or event.
func RenderReceipt(w io.Writer, r Receipt, lang string) error {
	if len(r.Processing.Purposes) != 1 || len(r.Events) != 1 {
		return ErrReceiptForm
	}
	return receiptPage.Execute(w, page{Receipt: r, lang: lang})
}

// page is what the template sees.
type page struct {
	Receipt Receipt
	lang    string
}

// T chooses between the two languages, which stand side by side in the template.
func (p page) T(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(p.lang) }

func (p page) Style() template.CSS { return template.CSS(receiptStyle) } // our own file, embedded
func (p page) CSP() string         { return ReceiptCSP() }
func (p page) Purpose() Purpose    { return p.Receipt.Processing.Purposes[0] }
func (p page) Event() Event        { return p.Receipt.Events[0] }

// Live says whether the decision was one that allows.
func (p page) Live() bool { return p.Event().State == "given" || p.Event().State == "renewed" }

func (p page) State() string    { return p.word(stateWords, p.Event().State) }
func (p page) Capacity() string { return p.word(capacityWords, p.Event().Capacity) }
func (p page) Method() string   { return p.word(methodWords, p.Event().Method) }
func (p page) Kind() string     { return p.word(kindWords, p.Receipt.PRC.ConsentKind) }
func (p page) Basis() string    { return p.word(basisWords, p.Purpose().LawfulBasis) }
func (p page) Band() string     { return p.word(bandWords, p.Receipt.PRC.Band) }

func (p page) Notice(kind string) string   { return p.word(noticeWords, kind) }
func (p page) Place(code string) string    { return p.word(placeWords, code) }
func (p page) Law(code string) string      { return p.word(lawWords, code) }
func (p page) Route(code string) string    { return p.word(routeWords, code) }
func (p page) Relation(code string) string { return p.word(relationWords, code) }
func (p page) Level(code string) string    { return p.word(levelWords, code) }

func (p page) Places(codes []string) string {
	named := make([]string, len(codes))
	for i, code := range codes {
		named[i] = p.Place(code)
	}
	return p.Join(named)
}

func (p page) Join(words []string) string { return strings.Join(words, p.T("、", ", ")) }

// Parties are all but the person, who knows who they are.
func (p page) Parties() (others []Party) {
	for _, party := range p.Receipt.Parties {
		if party.Type != PartyPrincipal {
			others = append(others, party)
		}
	}
	return others
}

// beijing is the one legal time of the mainland; a fixed zone needs no time-zone database.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// When writes a time for people.
func (p page) When(t time.Time) string {
	return t.In(beijing).Format(p.T("2006年1月2日 15:04:05（北京时间）", "2 January 2006, 15:04:05 (UTC+8)"))
}

// Validity writes the standard's validity_duration for people.
func (p page) Validity() string {
	_, until, ok := strings.Cut(p.Event().Validity, "/")
	if end, err := time.Parse(time.RFC3339Nano, until); ok && err == nil {
		return p.T("至 ", "until ") + p.When(end)
	}
	return p.T("至您撤回为止", "until you withdraw it")
}

// word names a code; a code that has no name here is shown as it is, so that nothing is hidden.
func (p page) word(words map[string]fault.Text, code string) string {
	if text, ok := words[code]; ok {
		return text.In(p.lang)
	}
	return code
}
