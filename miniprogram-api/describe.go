package miniprogramapi

import (
	"github.com/danielgtaylor/huma/v2"

	"zhiqing/internal/consent"
	"zhiqing/internal/disclosure"
	"zhiqing/internal/guardian"
	"zhiqing/internal/message"
	"zhiqing/internal/notice"
	"zhiqing/internal/report"
	"zhiqing/internal/rights"
	"zhiqing/internal/service"
	"zhiqing/internal/session"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
	"zhiqing/internal/wechat/push"
)

// describe adds to the document what the routes do not say by themselves: groups, the bearer scheme, and the error codes
// that a client may meet.
func (a *API) describe() {
	document := a.Edge.API().OpenAPI()
	document.Tags = []*huma.Tag{
		{Name: "sessions", Description: "会话 · Sessions"},
		{Name: "notices", Description: "告知与公示 · Notices and what is published"},
		{Name: "me", Description: "我 · Me"},
		{Name: "guardians", Description: "监护 · Guardians"},
		{Name: "consents", Description: "同意 · Consent"},
		{Name: "rights", Description: "权利请求 · Rights requests"},
		{Name: "messages", Description: "消息 · Messages"},
		{Name: "reports", Description: "反映与投诉 · Reports"},
		{Name: "receipts", Description: "回执 · Receipts"},
		{Name: "services", Description: "服务间接口 · For the operator's other systems"},
		{Name: "operations", Description: "运行 · Operations"},
	}
	if document.Components.SecuritySchemes == nil {
		document.Components.SecuritySchemes = map[string]*huma.SecurityScheme{}
	}
	document.Components.SecuritySchemes["service"] = &huma.SecurityScheme{Type: "http", Scheme: "bearer", Description: "服务密钥 · A service key (zhiqing service add)"}
	document.Components.SecuritySchemes["bearer"] = &huma.SecurityScheme{Type: "http", Scheme: "bearer", BearerFormat: "JWT"}
	a.Edge.DocumentFaults(
		session.ErrNoToken, session.ErrBadToken, session.ErrExpired, session.ErrReused, session.ErrMismatch, session.ErrUserOnly, session.ErrStepUp,
		wechat.ErrCodeInvalid, wechat.ErrCodeUsed, wechat.ErrBlocked, wechat.ErrLimited, wechat.ErrUnavailable,
		notice.ErrUnknown,
		consent.ErrPurpose, consent.ErrNotNeeded, consent.ErrTwice, consent.ErrSeparate, consent.ErrMethod, consent.ErrRecipient, consent.ErrNoticeNone,
		consent.ErrOutdated, consent.ErrAge, consent.ErrAccount, consent.ErrClosed, consent.ErrNothing, consent.ErrKeyReused, consent.ErrNoEntry, consent.ErrGuardian,
		guardian.ErrDateInvalid, guardian.ErrDateFuture, guardian.ErrDateTooOld, guardian.ErrDeclared, guardian.ErrMarked,
		guardian.ErrNoMinor, guardian.ErrNeeded, guardian.ErrRestricted, guardian.ErrTooMany, guardian.ErrInvitation, guardian.ErrNotAdult, guardian.ErrSelf,
		guardian.ErrSamePhone, guardian.ErrManyMinors, guardian.ErrCoolDown, guardian.ErrUnderage, guardian.ErrUnknownLink, guardian.ErrEnded,
		guardian.ErrVerifyFirst, guardian.ErrRelation, guardian.ErrDocument, guardian.ErrRegrant, guardian.ErrNotNow, guardian.ErrDisputed, guardian.ErrOver,
		rights.ErrType, rights.ErrScope, rights.ErrDetail, rights.ErrUnknown, rights.ErrNotNow, rights.ErrTooLate, rights.ErrClosing, rights.ErrForChild,
		rights.ErrNoPackage, rights.ErrPackage, rights.ErrSession, rights.ErrNoProof, subject.ErrOver,
		message.ErrUnknown, message.ErrTemplate, message.ErrResult, report.ErrKind, report.ErrNumber, report.ErrText, report.ErrUnknown,
		service.ErrKey, disclosure.ErrUnlisted, disclosure.ErrStopped, disclosure.ErrAbroad, disclosure.ErrContract, disclosure.ErrFields, disclosure.ErrConsent, disclosure.ErrPerson, disclosure.ErrOrder,
		push.ErrOff, push.ErrRefused, push.ErrTooLong, push.ErrBody,
		errCursor,
	)
}
