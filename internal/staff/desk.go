package staff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/vault"
)

// What can go wrong. ErrSignIn says the same for an unknown name, a wrong password, a wrong or used code and a disabled account.
var (
	ErrSignIn    = fault.Define(fault.Unauthenticated, "staff.sign_in", "用户名、密码或验证码不正确。", "The name, the password or the code is not right.")
	ErrLocked    = fault.Define(fault.TooMany, "staff.locked", "尝试次数过多，请稍后再试。", "Too many tries; please try again later.")
	ErrBusy      = fault.Define(fault.Unavailable, "staff.busy", "登录的人较多，请稍后再试。", "Many people are signing in; please try again in a moment.")
	ErrSession   = fault.Define(fault.Unauthenticated, "staff.session", "登录已结束，请重新登录。", "This session has ended; please sign in again.")
	ErrForbidden = fault.Define(fault.Forbidden, "staff.forbidden", "您的角色没有这项权限。", "Your role does not have this permission.")
	ErrTraining  = fault.Define(fault.Forbidden, "staff.training", "您的个人信息保护培训已过期，完成培训后才能接触个人信息。", "Your privacy training has lapsed; personal data is closed to you until you have renewed it.")
	ErrStepUp    = fault.Define(fault.Forbidden, "staff.step_up", "请先再次验证身份。", "Please prove your identity again first.")
	ErrApproval  = fault.Define(fault.Forbidden, "staff.approval", "需要另一名员工先批准。", "Another officer must approve this first.")
	ErrSelf      = fault.Define(fault.Forbidden, "staff.self", "不能对自己这样做，请由另一名员工办理。", "Not for yourself; another officer must do it.")
	ErrNotNow    = fault.Define(fault.Conflict, "staff.not_now", "这项申请已经处理或过期。", "This has been answered already, or has lapsed.")
	ErrQuota     = fault.Define(fault.TooMany, "staff.quota", "已达到每小时上限，已记录并通知。", "You have reached the hourly limit; this has been recorded.")
	ErrWalking   = fault.Define(fault.Unavailable, "staff.audit_walking", "正在核验审计链，请稍后再试。", "The chain is being checked already; please try again in a moment.")
	ErrInvalid   = fault.Define(fault.Invalid, "staff.invalid", "内容不符合要求。", "This is not as required.")
	ErrTaken     = fault.Define(fault.Conflict, "staff.taken", "已有同名帐户。", "There is an account of this name already.")
	ErrUnknown   = fault.Define(fault.Missing, "staff.unknown", "没有这个帐户或申请。", "There is no such account or request.")
)

// Options are what a desk needs.
type Options struct {
	Engine store.Engine
	Vault  *vault.Vault
	Roles  *Roles
	Audit  *audit.Log
	Now    func() time.Time // in UTC, whole milliseconds
	IDs    ident.Source     // ids, tokens, passwords and salts
	// RequireTOTP refuses accounts without a second factor. Production sets it; development lets Bootstrap's account in.
	RequireTOTP bool
	// Provider proves who the officers of linked accounts are; nil: there are none.
	Provider Provider
	// Cost is what a password's hash costs. Zero: DefaultCost, the least that production should have. Less is for tests.
	Cost Cost
}

// Desk lets officers in and says what they may do. It may be shared by goroutines and servers.
type Desk struct {
	o Options
	records
	hasher  *hasher
	decoy   account    // what an unknown name is checked against
	walking sync.Mutex // held by whoever walks the audit's chain
}

// Open declares the collections.
func Open(ctx context.Context, o Options) (*Desk, error) {
	if o.Engine == nil || o.Vault == nil || o.Roles == nil || o.Audit == nil || o.Now == nil || o.IDs.Reader == nil {
		return nil, errors.New("staff: an engine, a vault, roles, an audit log, a clock and ids are needed")
	}
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost()
	}
	r, err := openRecords(ctx, o.Engine)
	if err != nil {
		return nil, err
	}
	d := &Desk{o: o, records: r, hasher: newHasher(o.Cost)}
	d.decoy, err = d.newDecoy()
	return d, err
}

// Roles is the table of permissions.
func (d *Desk) Roles() *Roles { return d.o.Roles }

// Format prints a placeholder for every verb of fmt.
func (*Desk) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[staff]") }

// Officer is who acts.
type Officer struct {
	ID           string // stf_…, or system
	Name         string // for other staff; never shown to the people whose data it is
	Role         Role
	TrainedUntil time.Time // personal data is closed to the officer from then on (A-L50.3)
}

// System is the actor of what an operator does at the command line, without a session.
func System() Officer { return Officer{ID: "system", Role: "system"} }

// note writes a row before what it tells of has an effect.
func (d *Desk) note(ctx context.Context, by Officer, r audit.Row) error {
	r.Actor, r.Role = by.ID, string(by.Role)
	_, err := d.o.Audit.Append(ctx, r)
	return err
}
