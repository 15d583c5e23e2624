package rights

import (
	"context"
	"sync/atomic"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// The ways in which a request is refused at the door.
var (
	ErrType          = fault.Define(fault.Invalid, "rights.unknown_type", "没有这种请求。", "There is no such kind of request.")
	ErrScope         = fault.Define(fault.Invalid, "rights.unknown_scope", "范围中有无法识别的项目。", "The scope names something unknown.")
	ErrDetail        = fault.Define(fault.Invalid, "rights.text_too_long", "文字过长。", "The text is too long.")
	ErrChannel       = fault.Define(fault.Invalid, "rights.unknown_channel", "登记的渠道或收到时间无效。", "The channel or the time of receipt is not valid.")
	ErrUnknown       = fault.Define(fault.Missing, "rights.unknown_request", "没有找到这个请求。", "There is no such request.")
	ErrNotNow        = fault.Define(fault.Conflict, "rights.not_possible_now", "当前状态下不能进行这一步。", "This step is not possible in the present state.")
	ErrTooLate       = fault.Define(fault.Conflict, "rights.irreversible", "不可撤销的步骤已经开始，不能再取消。", "A step that cannot be undone has begun; it is too late to cancel.")
	ErrClosing       = fault.Define(fault.Conflict, "rights.account_closing", "帐户正在注销，不能再提交这种请求。", "The account is being closed; this cannot be asked for any more.")
	ErrForChild      = fault.Define(fault.Forbidden, "rights.not_for_a_child", "这种请求须由本人提交。", "This has to be asked for by the person themself.")
	ErrGuardianAsked = fault.Define(fault.Forbidden, "rights.guardian_asked", "这是监护人为您提交的请求，请由监护人取消。", "Your guardian has asked for this; they can cancel it.")
	ErrNoPackage     = fault.Define(fault.Conflict, "rights.package_not_ready", "数据副本尚未准备好，请稍后再试。", "The copy is not ready yet; please try again in a moment.").After(2 * time.Second)
	ErrPackage       = fault.Define(fault.Gone, "rights.package_gone", "下载已失效：超过 72 小时或已下载 3 次。请重新提交请求。", "This download has ended: 72 hours are over, or it has been fetched 3 times. Please ask again.")
	ErrSession       = fault.Define(fault.Forbidden, "rights.other_session", "请在提交请求的那次登录中下载，或重新提交请求。", "Please download it in the session that asked for it, or ask again.")
	ErrRecipient     = fault.Define(fault.Conflict, "rights.recipient_changed", "接收方信息已变更，请取消后重新提交。", "What is known about the recipient has changed; please cancel and ask again.")
	ErrPickup        = fault.Define(fault.Missing, "rights.unknown_pickup", "取件码无效、已使用或已过期。", "This pickup token is unknown, used or past its time.")
	ErrNoProof       = fault.Define(fault.Missing, "rights.no_proof", "这个请求没有删除证明。", "There is no erasure proof for this request.")
	ErrGround        = fault.Define(fault.Invalid, "rights.ground_required", "拒绝须注明理由代码和说明。", "A refusal needs a coded ground and a text.")
	ErrSameHand      = fault.Define(fault.Forbidden, "rights.same_handler", "原经办人不能办理，须由其他人员处理。", "Another officer must do this, not who has handled it before.")
)

// Holdings is everything that is kept about people.
type Holdings = holding.Registry

// Guardians says for whom a guardian may ask; package guardian does.
type Guardians interface {
	Guards(ctx context.Context, guardian, link string) (book string, err error)
}

// Accounts ends and restricts accounts.
type Accounts interface {
	// Close destroys the account and everything under its key, and finishes what follows. Idempotent. Held while a legal hold
	// stands in the way.
	Close(ctx context.Context, id, reason string) (proof string, err error)
	// Pause stops, or lets go on, processing for purposes (empty = all optional ones) while stored data stays. Idempotent per request.
	Pause(ctx context.Context, id, request string, purposes []string, on bool) error
	// EraseFields erases profile fields (empty = all). Idempotent. Held if a legal hold has kept some of them.
	EraseFields(ctx context.Context, id string, fields []string) error
	// WithdrawAll withdraws every consent in force, as the person. Idempotent per key.
	WithdrawAll(ctx context.Context, id, language, key string) error
}

// Explainer renders what the register says about purposes, as the person agreed to them.
type Explainer interface {
	Explain(ctx context.Context, subject string, purposes []string, language string) (any, error)
	// Known reports whether a purpose or a profile field of this code exists.
	Known(code string) bool
}

// Exporter builds the package of a request.
type Exporter interface {
	Build(ctx context.Context, r Request) ([]byte, error)
}

// Deadline counts working days: when n of them after from are over, and whether the calendar was fully known.
type Deadline func(from time.Time, n int) (at time.Time, provisional bool)

// Options are what a Desk is made of. All fields are needed.
type Options struct {
	Engine     store.Engine
	Subjects   *subject.Register
	Holdings   func() Holdings // assembled after the desk, which is itself a holder
	Guardians  Guardians
	Accounts   Accounts
	Explainer  Explainer
	Exporter   Exporter
	Contents   func(data []byte) ([]string, error) // what a transfer's package holds, for the person's list of disclosures; nil = not told
	Recipients []Recipient                         // companies to which data may be transferred
	Key        []byte                              // 32 secret bytes, behind pickup tokens
	Deadline   Deadline
	Days       int    // working days until a request is due: 15 at most
	Poke       func() // tells the worker that there is something to do now
	// Lodged is told of each request once it is stored, for counting, and must not wait; nil = nobody counts. A write that took
	// effect and failed is not told of: Each finds it.
	Lodged func(r Request)
	// Tell leaves a message about a request that has got to this state, once for each; nil = nobody is told.
	Tell func(ctx context.Context, r Request, to State) error
	// Failed is told of a step that failed, for the operator; what it returns ends the worker's round (nil = go on).
	Failed func(t Type, number string, cause error) error
	// Alarm is told of a request that has used up so much of its time, once for each urgency; nil = nobody is told.
	Alarm func(t Type, number string, u Urgency)
	Now   func() time.Time
	IDs   ident.Source
}

// Desk is where requests are lodged, carried out and read. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o       Options
	records records
	open    atomic.Pointer[map[Urgency]int] // as counted by Ring
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	r, err := openRecords(ctx, o.Engine)
	return &Desk{o: o, records: r}, err
}
