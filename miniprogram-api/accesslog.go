package miniprogramapi

import (
	"context"
	"time"

	"zhiqing/internal/lookup"
	"zhiqing/internal/web"
)

// AccessLog tells people who of the staff looked at their data.
type AccessLog interface {
	AccessLog(ctx context.Context, subject, after string, limit int) ([]lookup.Access, string, error)
}

type accessWire struct {
	At          time.Time `json:"at"`
	Role        string    `json:"role" example:"support" doc:"工作人员的角色；不含姓名 · The role of who it was; never a name"`
	RoleTitle   string    `json:"role_title"`
	Reason      string    `json:"reason,omitempty" example:"rights_request"`
	ReasonTitle string    `json:"reason_title,omitempty"`
	Action      string    `json:"action" example:"staff.viewed"`
	ActionTitle string    `json:"action_title" doc:"可直接展示 · May be shown as it is"`
	Fields      []string  `json:"fields" doc:"看到的内容；以 .masked 结尾的经过遮盖 · What was seen; what ends in .masked was seen under a mask"`
	Result      string    `json:"result,omitempty" example:"allowed" doc:"allowed 以外表示没有看到 · Anything but allowed: nothing was seen"`
	Reference   string    `json:"reference,omitempty" doc:"工单或请求编号 · The number of the ticket or request" example:"RQ-7ZK3-Q9MC"`
}

type accessLogOut struct {
	Body struct {
		Items      []accessWire `json:"items"`
		NextCursor string       `json:"next_cursor,omitempty" doc:"还有更早的记录时给出 · Given while there are older rows"`
	}
}

// accessLog answers PIPL art. 44 and requirements A-L10.1: each look at somebody's record is visible to that person.
func (a *API) accessLog(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"1024"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}) (*accessLogOut, error) {
	found, next, err := a.AccessLog.AccessLog(ctx, principal(ctx).Owner, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &accessLogOut{}
	out.Body.Items, out.Body.NextCursor = make([]accessWire, 0, len(found)), next
	for _, x := range found {
		out.Body.Items = append(out.Body.Items, wireAccess(x, web.Lang(ctx)))
	}
	return out, nil
}

func wireAccess(x lookup.Access, lang string) accessWire {
	w := accessWire{
		At: x.At, Role: x.Role, RoleTitle: x.RoleTitle.In(lang), Reason: x.Reason, ReasonTitle: x.ReasonTitle.In(lang), Action: x.Action,
		ActionTitle: x.ActionTitle.In(lang), Fields: x.Fields, Result: x.Result, Reference: x.Reference,
	}
	if w.Fields == nil {
		w.Fields = []string{}
	}
	return w
}
