package miniprogramapi

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
	"zhiqing/internal/web"
)

// Guardians is the age question and the guardianships; package guardian keeps them.
type Guardians interface {
	Settle(ctx context.Context, id string) (subject.Subject, error)
	Declare(ctx context.Context, id, date, retry string) (guardian.Declared, error)
	Invite(ctx context.Context, minor string) (guardian.Invitation, error)
	QRCode(ctx context.Context, minor, invitation string) ([]byte, error)
	Claim(ctx context.Context, guardian, token, code string) (link string, err error)
	VerifyPhone(ctx context.Context, guardian, link, code string) (guardian.LinkState, error)
	Family(ctx context.Context, id string) (guardian.Family, error)
	View(ctx context.Context, guardian, link string) (guardian.View, error)
	Decide(ctx context.Context, guardian, link string, d guardian.Decision) (guardian.LinkState, error)
	Withdraw(ctx context.Context, caller, link, language, method string) (guardian.LinkState, error)
}

// Offers lists what a guardian may agree to for a minor; the consent book does.
type Offers interface {
	OfferedTo(band subject.Band, lang string) []*purpose.Purpose
}

type invitationWire struct {
	ID          string    `json:"invitation_id" example:"inv_4rv1…"`
	Token       string    `json:"token" doc:"放入分享卡片；小程序码的 scene 也是它 · For the card to share; also the scene of the code to scan"`
	PairingCode string    `json:"pairing_code" doc:"只显示在孩子的屏幕上，由监护人输入 · Shown on the minor's screen alone; the guardian types it in" example:"042917"`
	ExpiresAt   time.Time `json:"expires_at"`
	QRURL       string    `json:"qr_url" doc:"小程序码图片（JPEG），须带登录凭证读取 · The code to scan (JPEG), read with the minor's token"`
}

func wireInvitation(i guardian.Invitation) invitationWire {
	return invitationWire{i.ID, i.Token, i.PairingCode, i.ExpiresAt, "/v1/me/guardian-invitations/" + i.ID + "/qr"}
}

type invitationOut struct{ Body invitationWire }

func (a *API) invite(ctx context.Context, _ *struct{}) (*invitationOut, error) {
	i, err := a.Guardians.Invite(ctx, principal(ctx).Owner)
	return &invitationOut{wireInvitation(i)}, err
}

type imageOut struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (a *API) invitationCode(ctx context.Context, in *struct {
	ID string `path:"invitation_id" maxLength:"64"`
}) (*imageOut, error) {
	image, err := a.Guardians.QRCode(ctx, principal(ctx).Owner, in.ID)
	return &imageOut{ContentType: "image/jpeg", CacheControl: "private, no-store", Body: image}, err
}

type guardianshipWire struct {
	ID         string     `json:"guardianship_id" example:"gdn_4rv1…"`
	Role       string     `json:"role" enum:"minor,guardian" doc:"您在其中的身份 · Your side of it"`
	State      string     `json:"state" enum:"reviewing,active,refused,withdrawn,expired,lapsed,invalid,closed"`
	Relation   string     `json:"relation,omitempty"`
	Verified   bool       `json:"phone_verified"`
	Level      string     `json:"verify_level,omitempty" doc:"监护人如何验证：phone 表示验证了手机号 · How the guardian was verified; phone = control of a number"`
	Minor      *minorWire `json:"minor,omitempty" doc:"仅监护人一方 · For the guardian's side"`
	DecideBy   *time.Time `json:"decide_by,omitempty" doc:"请在此时间前决定，逾期邀请失效 · Please decide by then; afterwards the invitation is void"`
	ValidUntil *time.Time `json:"valid_until,omitempty" doc:"同意的有效期 · When the consent runs out"`
	Proof      string     `json:"erasure_proof,omitempty" doc:"资料删除后的签名证明 · The signed proof, once the data is erased"`
}

type minorWire struct {
	AgeBand string `json:"age_band,omitempty" enum:"under_14,14_17,adult"`
	Account string `json:"account" doc:"孩子帐户的状态 · Where the child's account stands" example:"active"`
}

func wireGuardianship(v guardian.View) guardianshipWire {
	w := guardianshipWire{
		ID: v.ID, Role: string(v.Role), State: string(v.State), Relation: v.Relation, Verified: v.Verify != "", Level: v.Verify,
		DecideBy: unlessZero(v.Due), ValidUntil: unlessZero(v.Until), Proof: v.Proof,
	}
	if v.Role == guardian.AsGuardian {
		w.Minor = &minorWire{AgeBand: string(v.Band), Account: string(v.Account)}
	}
	return w
}

type familyOut struct {
	Body struct {
		Account     *accountWire       `json:"account,omitempty" doc:"仅未成年人：本人帐户的状态 · For a minor: where the account stands"`
		Items       []guardianshipWire `json:"items"`
		Invitations []invitationWire   `json:"invitations" doc:"仍可使用的邀请 · Invitations that are still good"`
	}
}

type accountWire struct {
	State string     `json:"state" enum:"pending,invited,reviewing,active,reconsent,disputed,transition14,transition18,refused,withdrawn,expired,released"`
	Since time.Time  `json:"since"`
	Due   *time.Time `json:"next_change_at,omitempty" doc:"到这个时间状态会自动变化 · When it changes by itself"`
}

func (a *API) family(ctx context.Context, _ *struct{}) (*familyOut, error) {
	f, err := a.Guardians.Family(ctx, principal(ctx).Owner)
	if err != nil {
		return nil, err
	}
	out := &familyOut{}
	out.Body.Items, out.Body.Invitations = []guardianshipWire{}, []invitationWire{}
	if f.Account != "" {
		out.Body.Account = &accountWire{string(f.Account), f.Since, unlessZero(f.Due)}
	}
	for _, v := range f.Links {
		out.Body.Items = append(out.Body.Items, wireGuardianship(v))
	}
	for _, i := range f.Invitations {
		out.Body.Invitations = append(out.Body.Invitations, wireInvitation(i))
	}
	return out, nil
}

type linkStateOut struct {
	Body struct {
		ID    string `json:"guardianship_id"`
		State string `json:"state" enum:"reviewing,active,refused,withdrawn,expired,lapsed,invalid,closed"`
	}
}

func stateOf(id string, state guardian.LinkState, err error) (*linkStateOut, error) {
	out := &linkStateOut{}
	out.Body.ID, out.Body.State = id, string(state)
	return out, err
}

func (a *API) claim(ctx context.Context, in *struct {
	Body struct {
		Token       string `json:"token" minLength:"1" maxLength:"64"`
		PairingCode string `json:"pairing_code" minLength:"1" maxLength:"16" doc:"孩子屏幕上的六位配对码 · The six digits on the minor's screen"`
	}
}) (*linkStateOut, error) {
	id, err := a.Guardians.Claim(ctx, principal(ctx).Owner, in.Body.Token, in.Body.PairingCode)
	return stateOf(id, guardian.LinkReviewing, err)
}

type linkIn struct {
	ID string `path:"guardianship_id" maxLength:"64" example:"gdn_4rv1…"`
}

func (a *API) verifyGuardianPhone(ctx context.Context, in *struct {
	ID   string `path:"guardianship_id" maxLength:"64" example:"gdn_4rv1…"`
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"128" doc:"getPhoneNumber 按钮给出的凭证 · The code of the getPhoneNumber button"`
	}
}) (*linkStateOut, error) {
	state, err := a.Guardians.VerifyPhone(ctx, principal(ctx).Owner, in.ID, in.Body.Code)
	return stateOf(in.ID, state, err)
}

type reviewOut struct {
	Body struct {
		guardianshipWire
		Notice    noticeWire     `json:"notice" doc:"儿童个人信息保护规则全文 · The children's notice"`
		Articles  []articleWire  `json:"disclosures_of_art10" doc:"《儿童个人信息网络保护规定》第十条要求告知的七项 · The seven items that a guardian must be told"`
		Purposes  []purposeWire  `json:"purposes" doc:"可逐项同意的目的；没有一项预先勾选 · To be ticked one by one; none is ticked beforehand"`
		Relations []relationWire `json:"relations"`
		Choices   []string       `json:"choices" doc:"两个同等的选择 · Two equal choices"`
	}
}

type articleWire struct {
	Title    string `json:"title"`
	Markdown string `json:"markdown"`
}

type relationWire struct {
	Code          string `json:"code" example:"parent"`
	Title         string `json:"title"`
	NeedsDocument bool   `json:"needs_document"`
}

// review is the page on which a guardian decides: everything that the law wants told, and two equal answers.
func (a *API) review(ctx context.Context, in *linkIn) (*reviewOut, error) {
	lang := web.Lang(ctx)
	v, err := a.Guardians.View(ctx, principal(ctx).Owner, in.ID)
	if err != nil {
		return nil, err
	}
	n, err := a.Notices.Current(guardian.NoticeKind, lang)
	if err != nil {
		return nil, err
	}
	out := &reviewOut{}
	out.Body.guardianshipWire, out.Body.Notice = wireGuardianship(v), wireNotice(n)
	out.Body.Choices, out.Body.Purposes = []string{"grant", "refuse"}, []purposeWire{}
	for _, s := range n.Sections() {
		out.Body.Articles = append(out.Body.Articles, articleWire{s.Title, s.Markdown})
	}
	for _, p := range a.Offers.OfferedTo(v.Band, lang) {
		out.Body.Purposes = append(out.Body.Purposes, wirePurpose(p, lang))
	}
	for _, r := range a.Minors.Relations {
		out.Body.Relations = append(out.Body.Relations, relationWire{r.Code, fault.Text(r.Title).In(lang), r.NeedsDocument})
	}
	return out, nil
}

type guardianDecisionIn struct {
	ID             string `path:"guardianship_id" maxLength:"64" example:"gdn_4rv1…"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"重试时使用同一键值，不会重复记录 · The same key on a retry records nothing twice"`
	Body           struct {
		Decision      string   `json:"decision" enum:"grant,refuse"`
		Relation      string   `json:"relation,omitempty" maxLength:"32" doc:"同意时必填：与孩子的关系 · Required to grant" example:"parent"`
		Document      string   `json:"document,omitempty" maxLength:"64" pattern:"^[0-9A-Za-z_.:/-]*$" doc:"个别关系须注明的证明文件编号 · The reference that some relations need"`
		NoticeVersion string   `json:"notice_version,omitempty" maxLength:"32" doc:"同意时必填：已阅读的版本 · Required to grant: the version that was read" example:"1.0"`
		Purposes      []string `json:"purposes,omitempty" maxItems:"50" doc:"勾选的目的 · What was ticked"`
		Method        string   `json:"method,omitempty" maxLength:"32" doc:"如何主动作出，默认 tap · The active step; tap by default" example:"tap"`
	}
}

func (a *API) guardianDecides(ctx context.Context, in *guardianDecisionIn) (*linkStateOut, error) {
	state, err := a.Guardians.Decide(ctx, principal(ctx).Owner, in.ID, guardian.Decision{
		Verb: guardian.Verb(in.Body.Decision), Relation: in.Body.Relation, Document: in.Body.Document, Notice: in.Body.NoticeVersion,
		Purposes: in.Body.Purposes, Language: web.Lang(ctx), Method: method(in.Body.Method), Key: in.IdempotencyKey,
	})
	return stateOf(in.ID, state, err)
}

func method(said string) string {
	if said == "" {
		return "tap"
	}
	return said
}

func (a *API) guardianWithdraws(ctx context.Context, in *linkIn) (*linkStateOut, error) {
	state, err := a.Guardians.Withdraw(ctx, principal(ctx).Owner, in.ID, web.Lang(ctx), "tap")
	return stateOf(in.ID, state, err)
}

type guardianEntriesOut struct {
	Body struct {
		Items []historyWire `json:"items"`
	}
}

// guardianEntries lists what this guardian has decided, newest first, for the receipts: nothing of another guardian or of
// the child's own decisions.
func (a *API) guardianEntries(ctx context.Context, in *linkIn) (*guardianEntriesOut, error) {
	v, err := a.Guardians.View(ctx, principal(ctx).Owner, in.ID)
	if err != nil {
		return nil, err
	}
	entries, _, err := a.Consents.History(ctx, v.Book, 0, maxGuardianEntries)
	if err != nil {
		return nil, err
	}
	out := &guardianEntriesOut{}
	out.Body.Items = []historyWire{}
	for _, e := range entries {
		if e.Guardian != nil && e.Guardian.LinkID == in.ID {
			out.Body.Items = append(out.Body.Items, wireEntry(e))
		}
	}
	return out, nil
}

const maxGuardianEntries = 100

func (a *API) guardianReceipt(ctx context.Context, in *struct {
	ID      string `path:"guardianship_id" maxLength:"64" example:"gdn_4rv1…"`
	EntryID string `path:"entry_id" maxLength:"64"`
}) (*receiptOut, error) {
	v, err := a.Guardians.View(ctx, principal(ctx).Owner, in.ID)
	if err != nil {
		return nil, err
	}
	return a.receiptOf(ctx, v.Book, in.EntryID, in.ID)
}
