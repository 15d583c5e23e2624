package miniprogramapi

import (
	"context"
	"slices"
	"time"

	"zhiqing/internal/session"
	"zhiqing/internal/subject"
)

type subjectWire struct {
	ID            string  `json:"id" doc:"帐号标识（化名） · Pseudonymous id" example:"sub_4rv1…"`
	PrivacyNumber string  `json:"privacy_number" doc:"联系客服时报读的隐私编号 · The number to read out to support" example:"PN-7ZK3-Q9MC"`
	State         string  `json:"state" enum:"active,pending_guardian,restricted,closing,erased" doc:"帐号状态 · State of the account"`
	AgeBand       *string `json:"age_band" enum:"under_14,14_17,adult" doc:"年龄段；未填写出生日期时为 null · null until a birth date is stated"`
}

func wireSubject(s *subject.Subject) *subjectWire {
	if s == nil {
		return nil
	}
	w := &subjectWire{ID: s.ID, PrivacyNumber: s.PrivacyNumber, State: string(s.State)}
	if s.Band != subject.Unasked {
		band := string(s.Band)
		w.AgeBand = &band
	}
	return w
}

type fallbackWire struct {
	Reason     string `json:"reason" doc:"为何以访客身份进入 · Why this became a guest session: wechat_unavailable, wechat_limited, wechat_blocked"`
	RetryAfter int    `json:"retry_after_s" doc:"多少秒后可再试登录；0 表示近期不必再试 · Seconds until another login makes sense; 0 = not soon"`
}

type sessionWire struct {
	Kind         string        `json:"kind" enum:"guest,user" doc:"会话类型 · Who holds the session"`
	TokenType    string        `json:"token_type" enum:"Bearer"`
	AccessToken  string        `json:"access_token" doc:"放入 Authorization: Bearer 请求头 · Goes into the Authorization header"`
	RefreshToken string        `json:"refresh_token" doc:"只能使用一次 · Good for one use"`
	ExpiresIn    int           `json:"expires_in" doc:"access_token 的有效秒数 · Seconds that the access token lives"`
	GuestID      string        `json:"guest_id,omitempty" doc:"仅访客 · Guests only" example:"gst_8jq2…"`
	Subject      *subjectWire  `json:"subject,omitempty" doc:"仅登录用户 · Users only"`
	Fallback     *fallbackWire `json:"fallback,omitempty" doc:"微信无法应答时转为访客的说明 · Present when WeChat could not answer"`
}

type sessionOut struct {
	Body sessionWire
}

func (a *API) answer(i session.Issued, err error) (*sessionOut, error) {
	if err != nil {
		return nil, err
	}
	w := sessionWire{
		Kind: string(i.Kind), TokenType: "Bearer", AccessToken: i.AccessToken, RefreshToken: i.RefreshToken,
		ExpiresIn: int(i.ExpiresIn / time.Second), Subject: wireSubject(i.Subject),
	}
	if i.Kind == session.Guest {
		w.GuestID = i.Owner
	}
	if i.Fallback != nil {
		w.Fallback = &fallbackWire{Reason: i.Fallback.Reason, RetryAfter: int(i.Fallback.RetryAfter / time.Second)}
		a.Observe.Fallback(i.Fallback.Reason, i.Fallback.Cause)
	}
	return &sessionOut{Body: w}, nil
}

type startGuestIn struct {
	Body *struct {
		Reason string `json:"reason,omitempty" pattern:"^[a-z_]{1,32}$" doc:"例如 refused：本人刚刚拒绝了微信登录，之后不再反复询问 · refused: the person has just declined the WeChat login, and is not asked again for a while" example:"refused"`
	}
}

// refusals are the reasons that say that the person declined the login.
var refusals = []string{"refused", "declined", "denied", "rejected", "user_refused", "wechat_refused"}

func (a *API) startGuest(ctx context.Context, in *startGuestIn) (*sessionOut, error) {
	refused := in.Body != nil && slices.Contains(refusals, in.Body.Reason)
	issued, err := a.Sessions.StartGuest(ctx, refused)
	if err == nil {
		a.Observe.SessionStarted(string(issued.Kind))
	}
	return a.answer(issued, err)
}

type codeIn struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"128" doc:"wx.login 给出的凭证，五分钟内有效，只能使用一次 · The code of wx.login: good for five minutes and one use"`
	}
}

func (a *API) startWeChat(ctx context.Context, in *codeIn) (*sessionOut, error) {
	issued, err := a.Sessions.StartWeChat(ctx, in.Body.Code)
	if err == nil {
		a.Observe.SessionStarted(string(issued.Kind))
	}
	return a.answer(issued, err)
}

type refreshIn struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"没收到回答时，以同一键值重试得到同样的结果 · Lets a client that lost the answer ask again"`
	Body           struct {
		RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"256"`
	}
}

func (a *API) refresh(ctx context.Context, in *refreshIn) (*sessionOut, error) {
	return a.answer(a.Sessions.Refresh(ctx, in.Body.RefreshToken, in.IdempotencyKey))
}

func (a *API) endSession(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, a.Sessions.End(ctx, principal(ctx))
}

type stepUpOut struct {
	Body struct {
		AccessToken string    `json:"access_token" doc:"含有新的验证时间 · Carries the time of this proof"`
		TokenType   string    `json:"token_type" enum:"Bearer"`
		StepUpAt    time.Time `json:"step_up_at"`
	}
}

func (a *API) stepUp(ctx context.Context, in *codeIn) (*stepUpOut, error) {
	token, at, err := a.Sessions.StepUp(ctx, principal(ctx), in.Body.Code)
	if err != nil {
		return nil, err
	}
	out := &stepUpOut{}
	out.Body.AccessToken, out.Body.TokenType, out.Body.StepUpAt = token, "Bearer", at
	return out, nil
}

type loginPromptWire struct {
	Suggest   bool       `json:"suggest" doc:"现在可否建议微信登录 · Whether a WeChat login may be suggested now"`
	NotBefore *time.Time `json:"not_before,omitempty" doc:"拒绝之后，此时间前不再询问 · After a refusal: not before this time"`
}

type meOut struct {
	Body struct {
		Kind        string           `json:"kind" enum:"guest,user"`
		GuestID     string           `json:"guest_id,omitempty"`
		Subject     *subjectWire     `json:"subject,omitempty"`
		ExpiresAt   time.Time        `json:"session_expires_at" doc:"不再使用时，会话及访客数据在此时间后删除 · Unless used, the session ends then; a guest's data is deleted"`
		StepUpAt    *time.Time       `json:"step_up_at,omitempty"`
		LoginPrompt *loginPromptWire `json:"login_prompt,omitempty" doc:"仅访客 · Guests only"`
	}
}

func (a *API) me(ctx context.Context, _ *struct{}) (*meOut, error) {
	p := principal(ctx)
	s, err := a.Sessions.Current(ctx, p)
	if err != nil {
		return nil, err
	}
	out := &meOut{}
	out.Body.Kind, out.Body.ExpiresAt = string(p.Kind), s.ExpiresAt
	if p.Kind == session.Guest {
		out.Body.GuestID = p.Owner
		now, from := a.Sessions.MaySuggestLogin(s)
		out.Body.LoginPrompt = &loginPromptWire{Suggest: now}
		if !from.IsZero() {
			out.Body.LoginPrompt.NotBefore = &from
		}
		return out, nil
	}
	person, err := a.Subjects.Find(ctx, p.Owner)
	if err != nil {
		return nil, err
	}
	out.Body.Subject = wireSubject(&person)
	if !p.StepUpAt.IsZero() {
		out.Body.StepUpAt = &p.StepUpAt
	}
	return out, nil
}
