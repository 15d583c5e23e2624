package miniprogramapi

import (
	"context"
	"encoding/json"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/rights"
	"zhiqing/internal/web"
)

// Rights is where requests are lodged and followed; package rights keeps them.
type Rights interface {
	Lodge(ctx context.Context, l rights.Lodged) (rights.Request, error)
	Find(ctx context.Context, who, number string) (rights.Request, error)
	List(ctx context.Context, who, after string, limit int) ([]rights.Request, string, error)
	AsGuardian(ctx context.Context, who, after string, limit int) ([]rights.Request, string, error)
	Cancel(ctx context.Context, who, number string) (rights.Request, error)
	Complain(ctx context.Context, who, number, text, language string) (rights.Request, error)
	Fetch(ctx context.Context, who, session, number string) (name string, data []byte, err error)
	Companies() []rights.Recipient
	Confirm(ctx context.Context, who, number string) (rights.Request, error)
	PickupOf(ctx context.Context, who, number string) (rights.Pickup, error)
	Collect(ctx context.Context, token string) (name string, data []byte, err error)
	ProofOf(ctx context.Context, who, number string) (string, error)
}

type requestWire struct {
	Number      string          `json:"number" doc:"可向客服报读的编号 · The number to read out" example:"RQ-7ZK3-Q9MC"`
	Type        string          `json:"type" enum:"access,copy,transfer,correct,supplement,delete,restrict,object,explain,withdraw_all,cancel_account,deceased_relative,complaint"`
	State       string          `json:"state" enum:"received,identity_required,confirmation_required,in_progress,fulfilled,refused,cancelled"`
	Status      string          `json:"dpv_status" doc:"DPV 的请求状态 · The request status of the Data Privacy Vocabulary" example:"dpv:RequestFulfilled"`
	ReceivedAt  time.Time       `json:"received_at"`
	DueAt       time.Time       `json:"due_at" doc:"最迟在此时间前答复（按中国工作日计算） · Answered by then at the latest, counted in China's working days"`
	Provisional bool            `json:"due_provisional,omitempty" doc:"该年度放假安排尚未公布，日期只会提前、不会悄悄推后 · That year's holidays are not published yet"`
	OnBehalfOf  string          `json:"on_behalf_of,omitempty" doc:"监护关系 · The guardianship through which it was asked"`
	Scope       []string        `json:"scope"`
	Timeline    []happeningWire `json:"timeline"`
	Answer      json.RawMessage `json:"answer,omitempty" doc:"查阅或说明的结果 · What an access or explain request found"`
	Outcome     *outcomeWire    `json:"outcome,omitempty"`
	Package     *packageWire    `json:"package,omitempty"`
	Transfer    *transferWire   `json:"transfer,omitempty"`
	HasProof    bool            `json:"has_proof" doc:"可下载删除证明 · Whether there is an erasure proof to fetch"`
	About       string          `json:"about,omitempty" doc:"投诉所针对的请求 · What a complaint is about"`
	Complaint   string          `json:"complaint,omitempty" doc:"针对本请求的投诉编号 · The complaint about this request"`
}

type happeningWire struct {
	At   time.Time `json:"at"`
	What string    `json:"event" example:"received"`
	By   string    `json:"by" enum:"person,guardian,system,staff,recipient"`
	Text string    `json:"text" doc:"可直接展示 · May be shown as it is"`
}

type outcomeWire struct {
	Ground string     `json:"ground,omitempty" doc:"理由代码 · The coded ground of a refusal"`
	Law    string     `json:"ground_text,omitempty"`
	Text   string     `json:"text,omitempty"`
	Kept   []keptWire `json:"kept" doc:"依法保留、停止其他处理的内容 · What the law wants kept, stored and used for nothing else"`
	Routes []string   `json:"routes,omitempty" doc:"不满意时的途径 · What to do if you disagree"`
	At     time.Time  `json:"at"`
}

type keptWire struct {
	What   string     `json:"what"`
	Reason string     `json:"reason"`
	Law    string     `json:"law"`
	Until  *time.Time `json:"until,omitempty"`
}

type packageWire struct {
	Bytes         int64     `json:"bytes"`
	SHA256        string    `json:"sha256"`
	ExpiresAt     time.Time `json:"expires_at"`
	DownloadsLeft int       `json:"downloads_left"`
	URL           string    `json:"url"`
}

// routesToComplain are told with every refusal (PIPL art. 50, 65).
var routesToComplain = []fault.Text{
	{ZH: "在本请求下投诉，由另一名工作人员在 15 个工作日内复核", EN: "Complain under this request: another officer reviews it within 15 working days"},
	{ZH: "向网信部门投诉、举报：12377，www.12377.cn", EN: "Complain to the cyberspace administration: 12377, www.12377.cn"},
	{ZH: "依法向人民法院提起诉讼", EN: "Bring an action before a people's court"},
}

// happenings are the timeline's texts.
var happenings = map[string]fault.Text{
	"received":              {ZH: "已收到", EN: "Received"},
	"identity_required":     {ZH: "正在核实身份", EN: "Your identity is being checked"},
	"confirmation_required": {ZH: "请核对接收方并确认", EN: "Please check the recipient and confirm"},
	"confirmed":             {ZH: "您已确认", EN: "You have confirmed"},
	"picked_up":             {ZH: "接收方已取走数据包，我们已删除", EN: "The recipient has fetched the package; ours is deleted"},
	"lapsed":                {ZH: "72 小时内没有完成，已失效；可以重新提交", EN: "Not finished within 72 hours; you can ask again"},
	"accepted":              {ZH: "已受理，正在办理", EN: "Accepted and under way"},
	"taken":                 {ZH: "工作人员正在处理", EN: "An officer is working on it"},
	"step:answer":           {ZH: "已整理出结果", EN: "The answer is ready"},
	"step:build":            {ZH: "数据副本已生成", EN: "The copy has been made"},
	"step:pause":            {ZH: "已停止相应处理，只保存", EN: "Processing has stopped; data is stored and nothing else"},
	"step:withdraw":         {ZH: "已撤回全部同意", EN: "All consents have been withdrawn"},
	"step:fields":           {ZH: "资料已删除", EN: "The data has been erased"},
	"step:exports":          {ZH: "未下载的数据副本已删除", EN: "Copies that were not fetched have been deleted"},
	"step:erase":            {ZH: "数据密钥已销毁，登录已结束", EN: "The data key is destroyed and sessions have ended"},
	"step:holders":          {ZH: "各处数据已删除", EN: "Every store has erased its part"},
	"step:scan":             {ZH: "已逐一复查，没有残留", EN: "Every store was looked at again: nothing is left"},
	"retry":                 {ZH: "一个步骤没有完成，系统会自动重试", EN: "A step did not succeed; it will be tried again"},
	"fulfilled":             {ZH: "已办结", EN: "Done"},
	"refused":               {ZH: "未能满足，理由见答复", EN: "Refused; see the reason"},
	"held":                  {ZH: "因法律程序依法保全，暂停处理，只作存储；保全结束后继续办理", EN: "A legal hold keeps it: it is stored and nothing else; we go on when the hold ends"},
	"withdrawn":             {ZH: "已取消", EN: "Cancelled"},
	"downloaded":            {ZH: "已下载一次", EN: "Downloaded once"},
	"package_gone":          {ZH: "数据副本已删除", EN: "The copy has been deleted"},
	"complaint":             {ZH: "您已投诉", EN: "You have complained"},
}

func wireRequest(r rights.Request, lang string) requestWire {
	w := requestWire{
		Number: r.Number, Type: string(r.Type), State: string(r.State), Status: r.State.DPV(), ReceivedAt: r.ReceivedAt, DueAt: r.DueAt,
		Provisional: r.Provisional, OnBehalfOf: r.Link, Scope: append([]string{}, r.Scope...), Timeline: []happeningWire{}, Answer: r.Answer,
		HasProof: r.Proof != "", About: r.About, Complaint: r.Complaint,
	}
	for _, h := range r.Timeline {
		w.Timeline = append(w.Timeline, happeningWire{h.At, h.What, h.By, happenings[h.What].In(lang)})
	}
	if o := r.Outcome; o != nil && (r.State.Over() || len(o.Kept) > 0) {
		w.Outcome = wireOutcome(o, lang)
	}
	w.Transfer = wireTransfer(r, lang)
	if p := r.Package; p != nil && !p.Gone && r.State == rights.Fulfilled {
		w.Package = &packageWire{p.Bytes, p.SHA256, p.ExpiresAt, rights.MaxDownloads - p.Downloads, "/v1/me/requests/" + r.Number + "/package"}
	}
	return w
}

func wireOutcome(o *rights.Outcome, lang string) *outcomeWire {
	w := &outcomeWire{Ground: o.Ground, Text: o.Text, At: o.At, Kept: []keptWire{}}
	if ground, ok := rights.Ground(o.Ground); ok {
		w.Law = ground.In(lang)
		for _, route := range routesToComplain {
			w.Routes = append(w.Routes, route.In(lang))
		}
	}
	for _, k := range o.Kept {
		w.Kept = append(w.Kept, keptWire{k.What, k.Reason, fault.Text{ZH: k.Law, EN: k.LawEN}.In(lang), unlessZero(k.Until)})
	}
	return w
}

type requestOut struct{ Body requestWire }

func oneRequest(ctx context.Context, r rights.Request, err error) (*requestOut, error) {
	if err != nil {
		return nil, err
	}
	return &requestOut{wireRequest(r, web.Lang(ctx))}, nil
}

type lodgeIn struct {
	Body struct {
		Type       string    `json:"type" minLength:"1" maxLength:"32" example:"access" doc:"access, copy, transfer, correct, supplement, delete, restrict, object, explain, withdraw_all, cancel_account, deceased_relative"`
		Detail     string    `json:"detail,omitempty" maxLength:"2000" doc:"补充说明；加密保存 · In your own words; kept encrypted"`
		Scope      scopeWire `json:"scope,omitempty"`
		OnBehalfOf string    `json:"on_behalf_of,omitempty" maxLength:"64" doc:"为孩子提交时：监护关系 · For a child: the guardianship"`
	}
}

// lodge takes a request. What gives data away or destroys it needs a fresh proof of the WeChat account.
func (a *API) lodge(ctx context.Context, in *lodgeIn) (*requestOut, error) {
	p := principal(ctx)
	if rights.Type(in.Body.Type).NeedsStepUp() {
		if err := a.Fresh(p); err != nil {
			return nil, err
		}
	}
	r, err := a.Rights.Lodge(ctx, rights.Lodged{
		Requester: p.Owner, Session: p.Session, Type: rights.Type(in.Body.Type), Link: in.Body.OnBehalfOf, Detail: in.Body.Detail,
		Scope: in.Body.Scope.Codes, Recipient: in.Body.Scope.Recipient, Language: web.Lang(ctx),
	})
	return oneRequest(ctx, r, err)
}

type requestsOut struct {
	Body struct {
		Items      []requestWire `json:"items"`
		NextCursor string        `json:"next_cursor,omitempty"`
	}
}

func (a *API) requests(ctx context.Context, in *struct {
	Cursor   string `query:"cursor" maxLength:"1024"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Children bool   `query:"children" doc:"为孩子提交的请求 · Those lodged for children"`
}) (*requestsOut, error) {
	list := a.Rights.List
	if in.Children {
		list = a.Rights.AsGuardian
	}
	found, next, err := list(ctx, principal(ctx).Owner, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &requestsOut{}
	out.Body.Items, out.Body.NextCursor = []requestWire{}, next
	for _, r := range found {
		out.Body.Items = append(out.Body.Items, wireRequest(r, web.Lang(ctx)))
	}
	return out, nil
}

type numberIn struct {
	Number string `path:"number" maxLength:"32" example:"RQ-7ZK3-Q9MC"`
}

func (a *API) request(ctx context.Context, in *numberIn) (*requestOut, error) {
	r, err := a.Rights.Find(ctx, principal(ctx).Owner, in.Number)
	return oneRequest(ctx, r, err)
}

func (a *API) cancelRequest(ctx context.Context, in *numberIn) (*requestOut, error) {
	r, err := a.Rights.Cancel(ctx, principal(ctx).Owner, in.Number)
	return oneRequest(ctx, r, err)
}

func (a *API) complain(ctx context.Context, in *struct {
	Number string `path:"number" maxLength:"32"`
	Body   *struct {
		Text string `json:"text,omitempty" maxLength:"2000" doc:"加密保存 · Kept encrypted"`
	}
}) (*requestOut, error) {
	text := ""
	if in.Body != nil {
		text = in.Body.Text
	}
	r, err := a.Rights.Complain(ctx, principal(ctx).Owner, in.Number, text, web.Lang(ctx))
	return oneRequest(ctx, r, err)
}

type fileOut struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// fetchPackage gives the copy out: with a fresh proof of the account, in the session that asked, three times at most.
func (a *API) fetchPackage(ctx context.Context, in *numberIn) (*fileOut, error) {
	p := principal(ctx)
	if _, err := a.Rights.Find(ctx, p.Owner, in.Number); err != nil {
		return nil, err
	}
	if !p.State.Over() {
		if err := a.Fresh(p); err != nil {
			return nil, err
		}
	}
	name, data, err := a.Rights.Fetch(ctx, p.Owner, p.Session, in.Number)
	if err != nil {
		return nil, err
	}
	return zipped(name, data), nil
}

type proofOut struct {
	Body struct {
		Number string `json:"number"`
		JWS    string `json:"jws" doc:"签名的删除证明；可用 /.well-known/jwks.json 中的公钥离线核验 · The signed proof of the erasure, verifiable offline with the published keys"`
	}
}

func (a *API) requestProof(ctx context.Context, in *numberIn) (*proofOut, error) {
	jws, err := a.Rights.ProofOf(ctx, principal(ctx).Owner, in.Number)
	out := &proofOut{}
	out.Body.Number, out.Body.JWS = in.Number, jws
	return out, err
}
