package guardian

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// The ways in which something about age or guardianship is refused.
var (
	ErrDeclared    = fault.Define(fault.Conflict, "age.already_declared", "您已经填写过出生日期，不能自行更改。如有错误，请联系客服并提供证明。", "You have already stated a birth date and cannot change it yourself. If it is wrong, please contact support with evidence.")
	ErrMarked      = fault.Define(fault.Conflict, "age.declared_before", "此微信帐号最近申报过不同的年龄。如有错误，请联系客服并提供证明。", "A different age was declared for this WeChat account recently. If it is wrong, please contact support with evidence.")
	ErrNoMinor     = fault.Define(fault.Conflict, "guardian.not_needed", "您的帐户不需要监护人同意。", "Your account needs no guardian's consent.")
	ErrNeeded      = fault.Define(fault.Forbidden, "guardian.required", "此功能须先取得父母或其他监护人同意。", "This needs the consent of a parent or other guardian first.")
	ErrRestricted  = fault.Define(fault.Forbidden, "guardian.restricted", "帐户目前只保存、不使用：须先完成确认。", "The account is stored and not used at present: a confirmation is needed first.")
	ErrTooMany     = fault.Define(fault.TooMany, "guardian.too_many_invitations", "今天的邀请次数已用完，请明天再试。", "No more invitations today; please try again tomorrow.")
	ErrInvitation  = fault.Define(fault.Missing, "guardian.invitation_invalid", "邀请无效：可能已过期、已被使用，或者配对码不正确。请核对后再试，或请孩子重新邀请。", "This invitation is not valid: it may have expired or been used, or the pairing code is wrong. Please check, or ask for a new one.")
	ErrNotAdult    = fault.Define(fault.Forbidden, "guardian.adult_required", "监护人须已成年。请先在自己的帐户中填写出生日期。", "A guardian must be an adult. Please state a birth date in your own account first.")
	ErrSelf        = fault.Define(fault.Forbidden, "guardian.same_person", "不能由本人担任自己的监护人，请用监护人自己的微信打开邀请。", "Nobody can be their own guardian; please open the invitation with the guardian's own WeChat.")
	ErrSamePhone   = fault.Define(fault.Forbidden, "guardian.same_phone", "这个手机号属于未成年人的帐户，不能用来验证监护人。", "This number belongs to a minor's account and cannot verify a guardian.")
	ErrManyMinors  = fault.Define(fault.Forbidden, "guardian.too_many_minors", "您或者这个手机号已经关联了过多的未成年人帐户，请联系客服。", "You, or this number, have been tied to too many minors' accounts; please contact support.")
	ErrCoolDown    = fault.Define(fault.Conflict, "guardian.cool_down", "同一手机号在 24 小时内只能验证一个未成年人帐户，请稍后再试。", "One number can verify one minor's account in 24 hours; please try again later.")
	ErrUnderage    = fault.Define(fault.Forbidden, "guardian.verification_failed", "未能确认您已成年，无法建立监护关系。", "We could not confirm that you are an adult, so there can be no guardianship.")
	ErrUnknownLink = fault.Define(fault.Missing, "guardian.unknown", "没有找到这个监护关系。", "There is no such guardianship.")
	ErrEnded       = fault.Define(fault.Forbidden, "guardian.ended", "监护关系已经结束，不能再查看或代为行使权利。", "The guardianship has ended; nothing can be seen or done through it any more.")
	ErrVerifyFirst = fault.Define(fault.Conflict, "guardian.phone_required", "请先验证您的手机号，再作决定。", "Please verify your phone number first, then decide.")
	ErrRelation    = fault.Define(fault.Invalid, "guardian.relation_unknown", "请选择列出的监护关系。", "Please choose one of the listed relations.")
	ErrDocument    = fault.Define(fault.Invalid, "guardian.document_required", "这种监护关系须注明证明文件的编号。", "This relation needs the reference of an official document.")
	ErrRegrant     = fault.Define(fault.Conflict, "guardian.cooling_off", "撤回同意后七日内不能再次同意。", "After a withdrawal, consent cannot be given again for seven days.")
	ErrNotNow      = fault.Define(fault.Conflict, "guardian.not_possible_now", "当前状态下不能进行这一步，请刷新后再看。", "This step is not possible in the present state; please refresh.")
	ErrDisputed    = fault.Define(fault.Conflict, "guardian.disputed", "监护关系有争议，资料只保存、不使用；须由法律文书或主管机关的决定确定。", "The guardianship is disputed; data is stored and not used until a legal document or an authority decides.")
	ErrOver        = fault.Define(fault.Gone, "guardian.account_erased", "这个帐户的资料已经删除。", "The data of this account has been deleted.")
)

// Consents is the minor's consent book; package consent keeps it, and internal/app plugs it in.
type Consents interface {
	// Check refuses an act that cannot be recorded: an outdated notice, a purpose that is not offered.
	Check(ctx context.Context, a Act) error
	// Record writes an act of a guardian. The same Key is recorded once, whatever happens in between.
	Record(ctx context.Context, a Act) error
	// End takes a link's decisions out of force, by the system. Idempotent per key.
	End(ctx context.Context, book, link string, expired bool, key string) error
	// RevokeAll takes everything in a book out of force, by the system. Idempotent per key.
	RevokeAll(ctx context.Context, book, key string) error
	// Stands says where the consent to the minor's account stands.
	Stands(ctx context.Context, book string) (Standing, error)
	// Head is the newest entry of a book: its number and hash. 0 when nothing was ever decided.
	Head(ctx context.Context, book string) (seq int64, hash []byte, err error)
}

// Act is what a guardian decides.
type Act struct {
	Book, Link       string
	Relation, Verify string
	Band             subject.Band
	Key              string
	Verb             Verb
	Purposes         []string // ticked, with VerbGrant
	Notice           string   // version of the children's notice that was read
	Language, Method string
}

// Verb is what a guardian says.
type Verb string

// The verbs.
const (
	VerbGrant    Verb = "grant"
	VerbRefuse   Verb = "refuse"
	VerbWithdraw Verb = "withdraw"
)

// Standing is where the consent to a minor's account stands.
type Standing struct {
	Guardian bool      // a guardian's consent is in force, and no guardian refuses
	Until    time.Time // when it runs out
	Own      bool      // the person's own confirmation is in force
	OwnSince time.Time
}

// Sessions ends the sessions of an account; package session does.
type Sessions interface {
	EndAll(ctx context.Context, owner string) error
	// EndAllBut leaves one, which asked for the account to be closed, and ends it within 24 hours.
	EndAllBut(ctx context.Context, owner, session string) error
}

// Tombstones outlive the store: what is restored from a backup is erased again by them. internal/app keeps them.
type Tombstones interface {
	// Bury is durable when it returns nil. The same erasure may be buried again.
	Bury(ctx context.Context, p Proof, signed string) error
}

// AdultCheck asks a provider whether the holder of a number is an adult. It answers with a band only: no name, no id
// number. level (a code) is kept with the link and stands in receipts.
type AdultCheck interface {
	Check(ctx context.Context, p wechat.Phone) (adult bool, level string, err error)
}

// PhoneRule is the default AdultCheck: it asks nobody. A number that WeChat has verified, that is not the minor's, and that
// no minor's account uses is taken for an adult's. It is a risk choice, and receipts say "phone".
type PhoneRule struct{}

// Check takes every number.
func (PhoneRule) Check(context.Context, wechat.Phone) (bool, string, error) {
	return true, "phone", nil
}

// Notices says which version of the children's notice is in force; package notice does.
type Notices interface{ CurrentVersion() (string, error) }

// Prover signs what is left of an erased account.
type Prover interface {
	Prove(Proof) (string, error)
}

// Options are what a Desk is made of. All fields but Graves are needed.
type Options struct {
	Subjects *subject.Register
	Consents Consents
	Sessions Sessions
	WeChat   wechat.Gateway
	Adults   AdultCheck
	Notices  Notices
	Prover   Prover
	Graves   Tombstones // nil = none are kept
	// Others lets the keepers that no key protects, such as the inbox, erase what they have of an account that is over;
	// nil = there are none. Idempotent.
	Others func(ctx context.Context, subject string) error
	// Tell leaves a message about the state of an account, once per key; nil = nobody is told.
	Tell     func(ctx context.Context, subject string, state State, key string) error
	Rules    Rules
	Workdays func(from time.Time, n int) time.Time // the end of the nth working day after from
	Key      []byte                                // 32 secret bytes: tokens and pairing codes derive from it
	Page     string                                // the mini-program's page that an invitation's code opens
	Now      func() time.Time
	IDs      ident.Source
}

// Desk is where ages are declared and guardians act. Safe for concurrent use, also by several processes on one store.
type Desk struct{ o Options }

// Open prepares the desk.
func Open(o Options) *Desk {
	if o.Others == nil {
		o.Others = func(context.Context, string) error { return nil }
	}
	return &Desk{o: o}
}

// Prefixes of ids.
const (
	linkPrefix       = "gdn"
	invitationPrefix = "inv"
)

// NoticeKind is the notice that a guardian decides on.
const NoticeKind = "children"
