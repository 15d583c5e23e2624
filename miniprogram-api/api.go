package miniprogramapi

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/consent"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
	"zhiqing/internal/profile"
	"zhiqing/internal/purpose"
	"zhiqing/internal/session"
	"zhiqing/internal/subject"
	"zhiqing/internal/web"
)

// Sessions lets people in and says who a token speaks for.
type Sessions interface {
	StartGuest(ctx context.Context, refused bool) (session.Issued, error)
	StartWeChat(ctx context.Context, code string) (session.Issued, error)
	Refresh(ctx context.Context, token, idempotencyKey string) (session.Issued, error)
	End(ctx context.Context, p session.Principal) error
	StepUp(ctx context.Context, p session.Principal, code string) (token string, at time.Time, err error)
	Authenticate(ctx context.Context, token string) (session.Principal, error)
	Current(ctx context.Context, p session.Principal) (session.Session, error)
	MaySuggestLogin(s session.Session) (now bool, from time.Time)
}

// Subjects finds the person behind a user session.
type Subjects interface {
	Find(ctx context.Context, id string) (subject.Subject, error)
}

// Consents records and reads decisions.
type Consents interface {
	Decide(ctx context.Context, who consent.Actor, b consent.Batch) (batch string, entries []consent.Recorded, err error)
	Overview(ctx context.Context, who consent.Actor, lang string, ask bool) (consent.Overview, error)
	History(ctx context.Context, book string, before int64, limit int) (entries []consent.Entry, next int64, err error)
	Receipt(ctx context.Context, book, entryID, lang string) (ledger.Receipt, error)
	OnFile(ctx context.Context, r ledger.Receipt) (consent.FileStatus, error)
}

// Profiles reads and changes what a person keeps here about themselves.
type Profiles interface {
	Read(ctx context.Context, id string) (profile.Profile, error)
	Write(ctx context.Context, id string, match profile.Match, patch map[string]jsontext.Value) (profile.Profile, error)
	SetPhone(ctx context.Context, id, code string, match profile.Match) (profile.Profile, error)
}

// Receipts signs receipts and publishes the keys.
type Receipts interface {
	SignReceipt(r ledger.Receipt) (string, error)
	JWKS() []byte
}

// Contact is who answers for the operator (PIPL art. 17(1), 52; 网络数据安全管理条例 art. 20).
type Contact struct {
	Operator, Address, Contact, DPO string
	ComplaintDays                   int // working days
}

// API is the mini-program's door. Fields are its needs; all are set by internal/app.
type API struct {
	Edge        *web.Edge
	Sessions    Sessions
	Subjects    Subjects
	Consents    Consents
	Guardians   Guardians
	Offers      Offers
	Minors      guardian.Rules
	Profiles    Profiles
	Rights      Rights
	Messages    Messages
	Reports     Reports
	AccessLog   AccessLog
	Disclosed   Disclosed
	Services    Services
	Provider    Provider
	Pushes      Pushes
	Unsubscribe Unsubscriber
	Fresh       func(session.Principal) error // refuses a principal whose proof of the account is missing or old
	Paused      func(ctx context.Context, owner string) (func(purpose string) bool, error)
	Receipts    Receipts
	Verifier    *ledger.Verifier
	Notices     *notice.Shelf
	Purposes    *purpose.Catalogue
	Contact     Contact
	CursorKey   []byte // 32 secret bytes
	Observe     Observer
}

// Observer counts what happens, without saying to whom.
type Observer interface {
	SessionStarted(kind string)
	Fallback(reason string, cause error)
	Consent(purpose, state string)
}
