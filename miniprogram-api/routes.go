package miniprogramapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// who may call an operation.
type who int

const (
	anyone   who = iota // no session; where one is sent it is ignored
	comer               // no session yet; counted per client address
	visitor             // no session, and none is made; counted per client address and operation
	holder              // a guest or a user
	members             // a user
	services            // another system of the operator, with its key
)

// said is how documentation names the callers.
var said = map[who]string{
	anyone:   "任何人 · Anyone",
	comer:    "任何人，按来源地址限速 · Anyone, limited per address",
	visitor:  "任何人，按来源地址限速 · Anyone, limited per address",
	holder:   "访客或登录用户 · Guests and users",
	members:  "登录用户 · Users",
	services: "运营者的其他系统，凭服务密钥 · The operator's other systems, with a service key",
}

// Register puts every route on the edge.
func (a *API) Register() {
	a.describe()
	a.unsubscribePages()
	route(a, comer, http.MethodPost, "/v1/sessions/guest", "sessions", "访客会话 · Start a guest session", a.startGuest)
	route(a, comer, http.MethodPost, "/v1/sessions/wechat", "sessions", "微信登录 · Log in with a wx.login code", a.startWeChat)
	route(a, comer, http.MethodPost, "/v1/sessions/refresh", "sessions", "刷新会话 · Trade a refresh token for the next", a.refresh)
	route(a, holder, http.MethodDelete, "/v1/sessions/current", "sessions", "结束会话 · End this session", a.endSession)
	route(a, members, http.MethodPost, "/v1/sessions/step-up", "sessions", "再次验证身份 · Prove the WeChat account again", a.stepUp)

	route(a, anyone, http.MethodGet, "/v1/notices/{kind}", "notices", "现行告知文本 · The current notice", a.currentNotice)
	route(a, anyone, http.MethodGet, "/v1/notices/{kind}/versions", "notices", "全部版本 · All versions", a.noticeVersions)
	route(a, anyone, http.MethodGet, "/v1/notices/{kind}/versions/{version}", "notices", "指定版本 · One version", a.noticeVersion)
	route(a, anyone, http.MethodGet, "/v1/notices/by-digest/{sha256}", "notices", "按摘要查找 · By the hash in a receipt", a.noticeByDigest)
	route(a, anyone, http.MethodGet, "/v1/purposes", "notices", "处理目的清单 · Why data is processed", a.purposes)
	route(a, anyone, http.MethodGet, "/v1/recipients", "notices", "接收方清单 · Who receives data", a.recipients)
	route(a, anyone, http.MethodGet, "/v1/contact", "notices", "联系与投诉 · Who answers, and how to complain", a.contact)

	route(a, holder, http.MethodGet, "/v1/me", "me", "当前身份 · Who am I here", a.me)
	route(a, members, http.MethodPut, "/v1/me/birth-date", "me", "年龄 · The age question, asked once", a.declareBirthDate)
	route(a, members, http.MethodGet, "/v1/me/access-log", "me", "谁看过我的信息 · Who of the staff looked at my data", a.accessLog)
	route(a, members, http.MethodGet, "/v1/me/disclosures", "me", "谁收到了我的信息 · Who received my data", a.disclosures)
	route(a, members, http.MethodGet, "/v1/me/unsubscribe-links", "me", "退订链接 · Links that stop advertising, without a login", a.unsubscribeLinks)

	route(a, members, http.MethodPost, "/v1/me/guardian-invitations", "guardians", "邀请监护人 · Invite a guardian", a.invite)
	route(a, members, http.MethodGet, "/v1/me/guardian-invitations/{invitation_id}/qr", "guardians", "邀请的小程序码 · The invitation as a code to scan", a.invitationCode)
	route(a, members, http.MethodGet, "/v1/me/guardianships", "guardians", "监护关系 · The person's guardianships, from either side", a.family)
	route(a, members, http.MethodPost, "/v1/guardian-invitations/claim", "guardians", "接受邀请 · Claim an invitation", a.claim)
	route(a, members, http.MethodPost, "/v1/guardianships/{guardianship_id}/phone", "guardians", "验证监护人 · Verify the guardian's phone", a.verifyGuardianPhone)
	route(a, members, http.MethodGet, "/v1/guardianships/{guardianship_id}", "guardians", "阅读并决定 · What a guardian reads before deciding", a.review)
	route(a, members, http.MethodPost, "/v1/guardianships/{guardianship_id}/decision", "guardians", "同意或不同意 · Agree or refuse", a.guardianDecides)
	route(a, members, http.MethodPost, "/v1/guardianships/{guardianship_id}/withdraw", "guardians", "撤回同意或终止使用 · Withdraw, or end the use", a.guardianWithdraws)
	route(a, members, http.MethodGet, "/v1/guardianships/{guardianship_id}/consents", "guardians", "监护人的决定记录 · What this guardian has decided", a.guardianEntries)
	route(a, members, http.MethodGet, "/v1/guardianships/{guardianship_id}/receipts/{entry_id}", "guardians", "监护人的回执 · The guardian's receipt", a.guardianReceipt)

	route(a, members, http.MethodGet, "/v1/me/profile", "profile", "我的资料 · What is kept, what for, since when", a.profile)
	route(a, members, http.MethodPatch, "/v1/me/profile", "profile", "修改资料 · Change or erase fields", a.changeProfile)
	route(a, members, http.MethodPost, "/v1/me/profile/phone", "profile", "填写手机号 · The number from WeChat's phone button", a.setPhone)
	a.describeProfile()

	route(a, members, http.MethodPost, "/v1/me/requests", "rights", "行使权利 · Exercise a right", a.lodge)
	route(a, members, http.MethodGet, "/v1/me/requests", "rights", "我的请求 · My requests, newest first", a.requests)
	route(a, members, http.MethodGet, "/v1/me/requests/{number}", "rights", "办理进度 · One request and its timeline", a.request)
	route(a, members, http.MethodPost, "/v1/me/requests/{number}/cancel", "rights", "取消请求 · Cancel, while nothing irreversible has begun", a.cancelRequest)
	route(a, members, http.MethodPost, "/v1/me/requests/{number}/confirm", "rights", "确认转移 · Confirm a transfer, having seen who receives what", a.confirmTransfer)
	route(a, members, http.MethodGet, "/v1/me/requests/{number}/pickup", "rights", "取件码 · The token to hand to the company", a.pickup)
	route(a, anyone, http.MethodGet, "/v1/transfers/recipients", "rights", "可转移至的公司 · Companies to which data may be transferred", a.companies)
	route(a, visitor, http.MethodPost, "/v1/transfers/pickup", "rights", "接收方取件，一次有效 · A company fetches its package, once", a.collect)
	route(a, members, http.MethodPost, "/v1/me/requests/{number}/complaint", "rights", "投诉 · Complain; somebody else handles it", a.complain)
	route(a, members, http.MethodGet, "/v1/me/requests/{number}/package", "rights", "下载数据副本 · Fetch the copy", a.fetchPackage)
	route(a, members, http.MethodGet, "/v1/me/requests/{number}/proof", "rights", "删除证明 · The signed proof of an erasure", a.requestProof)

	route(a, members, http.MethodGet, "/v1/me/messages", "messages", "站内消息 · My messages, newest first", a.messages)
	route(a, members, http.MethodPost, "/v1/me/messages/{message_id}/read", "messages", "标为已读 · Note that a message was read", a.readMessage)
	route(a, members, http.MethodGet, "/v1/me/subscriptions", "messages", "可订阅的微信消息 · What may be sent through WeChat", a.subscriptions)
	route(a, members, http.MethodPost, "/v1/me/subscriptions", "messages", "记录订阅结果 · Note what was tapped in WeChat's dialogue", a.subscribe)

	route(a, visitor, http.MethodPost, "/v1/reports", "reports", "反映未成年人信息或投诉，无需帐户 · Report a minor's data, or complain; no account needed", a.report)
	route(a, members, http.MethodPost, "/v1/me/reports/{number}/answer", "reports", "确认年龄，结束暂停 · Confirm one's age; ends the pause", a.answerReport)
	a.receivePushes()

	route(a, holder, http.MethodGet, "/v1/me/consents", "consents", "我的同意 · Where each purpose stands, and what is left to ask", a.consents)
	route(a, holder, http.MethodPost, "/v1/me/consents", "consents", "作出决定 · Grant, refuse, withdraw", a.decide)
	route(a, holder, http.MethodDelete, "/v1/me/consents/{purpose}", "consents", "撤回同意 · Withdraw", a.withdraw)
	route(a, holder, http.MethodGet, "/v1/me/consents/history", "consents", "决定记录 · Every entry, newest first", a.history)
	route(a, holder, http.MethodGet, "/v1/me/receipts/{entry_id}", "receipts", "回执 · The signed receipt of an entry", a.receipt)
	route(a, holder, http.MethodGet, "/v1/me/receipts/{entry_id}/page", "receipts", "回执页面 · The receipt as a page to read and keep", a.receiptPage)
	route(a, anyone, http.MethodPost, "/v1/receipts/verify", "receipts", "验证回执 · Verify anyone's receipt", a.verifyReceipt)

	route(a, services, http.MethodPost, "/v1/service/disclosures", "services", "向接收方提供：先核对，再记录，后提供 · Provide data to a recipient: weighed, written down, then given", a.provide)

	route(a, anyone, http.MethodGet, "/.well-known/jwks.json", "operations", "公钥 · Public keys, also old ones", a.jwks)
}

// parting is what the session that asked to close its account may still do, for a day: see how that ended, fetch the proof
// and what it had asked for, see who has looked, and go. Everything that is not named here answers 410.
var parting = map[string]bool{
	"GET /v1/me/access-log":                true,
	"GET /v1/me/requests":                  true,
	"GET /v1/me/requests/{number}":         true,
	"GET /v1/me/requests/{number}/package": true,
	"GET /v1/me/requests/{number}/proof":   true,
	"DELETE /v1/sessions/current":          true,
}

// route registers one operation with what its callers must show. The success status is 200 unless the output says otherwise.
func route[I, O any](a *API, by who, method, path, tag, summary string, handler func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		Extensions:  map[string]any{"x-who": said[by]},
		OperationID: operationID(method, path), Method: method, Path: path, Tags: []string{tag}, Summary: summary,
		Errors: []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}
	switch {
	case method == http.MethodPost && (path == "/v1/me/consents" || path == "/v1/me/guardian-invitations" || path == "/v1/me/requests" || path == "/v1/service/disclosures"):
		op.DefaultStatus = http.StatusCreated
	case path == "/v1/reports":
		op.DefaultStatus = http.StatusAccepted
	case method == http.MethodDelete && path == "/v1/sessions/current":
		op.DefaultStatus = http.StatusNoContent
	case method == http.MethodPatch && path == "/v1/me/profile":
		op.Errors = append(op.Errors, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	case path == "/v1/me/profile/phone":
		op.Errors = append(op.Errors, http.StatusPreconditionFailed)
	}
	switch by {
	case comer:
		op.Middlewares = huma.Middlewares{a.Edge.LimitSessions}
	case visitor:
		op.Middlewares = huma.Middlewares{a.Edge.LimitVisits}
	case services:
		op.Security = []map[string][]string{{"service": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound)
		op.Middlewares = huma.Middlewares{a.authenticateService}
	case holder, members:
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusGone)
		op.Middlewares = huma.Middlewares{a.authenticate}
		if !parting[method+" "+path] {
			op.Middlewares = append(op.Middlewares, a.openAccounts)
		}
	}
	if by == members {
		op.Middlewares = append(op.Middlewares, a.usersOnly)
		op.Errors = append(op.Errors, http.StatusForbidden)
	}
	huma.Register(a.Edge.API(), op, handler)
}
