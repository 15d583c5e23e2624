package staff

import (
	"slices"

	"zhiqing/internal/fault"
)

// Role is what an officer is there for.
type Role string

// The roles (requirements A-L50.2). Their permissions are the operator's table.
const (
	Support          Role = "support"
	PrivacyOfficer   Role = "privacy_officer"
	ChildDataOfficer Role = "child_data_officer" // 儿童个人信息网络保护规定 art. 8: the named person in charge
	Auditor          Role = "auditor"
	Administrator    Role = "administrator"
)

var allRoles = []Role{Support, PrivacyOfficer, ChildDataOfficer, Auditor, Administrator}

// Permission is one thing that staff may be allowed to do.
type Permission string

// The permissions that the program asks for. roles.yaml has a rule for each; who adds one here adds its rule there.
const (
	LookupSubject      Permission = "lookup.subject"
	RevealField        Permission = "reveal.field"
	MinorAccessRequest Permission = "minor.access.request"
	MinorAccessApprove Permission = "minor.access.approve"
	RequestRead        Permission = "request.read"
	RequestDecide      Permission = "request.decide"
	RequestIdentity    Permission = "request.identity"
	ComplaintDecide    Permission = "complaint.decide"
	DisputeResolve     Permission = "dispute.resolve"
	AgeCorrect         Permission = "age.correct"
	DisclosureRead     Permission = "disclosure.read"
	DisclosureOrder    Permission = "disclosure.order"
	DisclosureApprove  Permission = "disclosure.approve"
	PurposeStop        Permission = "purpose.stop"
	OverviewRead       Permission = "overview.read"
	AuditRead          Permission = "audit.read"
	AuditExport        Permission = "audit.export"
	ManageStaff        Permission = "staff.manage"
)

var allPermissions = []Permission{
	LookupSubject, RevealField, MinorAccessRequest, MinorAccessApprove, RequestRead, RequestDecide, RequestIdentity, ComplaintDecide,
	DisputeResolve, AgeCorrect, DisclosureRead, DisclosureOrder, DisclosureApprove, PurposeStop, OverviewRead, AuditRead, AuditExport, ManageStaff,
}

// Quota names what is counted per officer and hour.
type Quota string

// What is counted.
const (
	Lookups   Quota = "lookup"   // searches, whether they find somebody or not
	Cases     Quota = "case"     // requests and reports opened
	Reveals   Quota = "reveal"   // fields seen without their mask
	Approvals Quota = "approval" // approvals asked for
)

var allQuotas = []Quota{Lookups, Cases, Reveals, Approvals}

// Rule is a permission's line of the table.
type Rule struct {
	Permission Permission
	Title      fault.Text
	Roles      []Role // who has it
	Personal   bool   // it touches personal data: the officer's training must not have lapsed (A-L50.3)
	StepUp     bool   // it needs a fresh proof of the officer's identity
	FourEyes   bool   // it needs another officer's approval
	Approval   Permission
	Law        string
}

// Roles is the operator's table, immutable. See LoadRoles.
type Roles struct {
	rules  []Rule // in the order of the file
	titles map[Role]fault.Text
	quotas map[Quota]int
}

// rule finds a line. Without one, every condition holds and no role does.
func (r *Roles) rule(p Permission) Rule {
	i := slices.IndexFunc(r.rules, func(rule Rule) bool { return rule.Permission == p })
	if i < 0 {
		return Rule{Permission: p, Personal: true, StepUp: true, FourEyes: true}
	}
	return r.rules[i]
}

// May reports whether the role has the permission. Unknown roles and permissions have and give nothing.
func (r *Roles) May(role Role, p Permission) bool { return slices.Contains(r.rule(p).Roles, role) }

// FourEyes reports whether the permission needs a second officer's approval.
func (r *Roles) FourEyes(p Permission) bool { return r.rule(p).FourEyes }

// StepUp reports whether the permission needs a fresh proof of identity.
func (r *Roles) StepUp(p Permission) bool { return r.rule(p).StepUp }

// Rules is the whole table, in the order of the file, for pages and for tests that walk it.
func (r *Roles) Rules() []Rule { return slices.Clone(r.rules) }

// All lists the roles.
func (r *Roles) All() []Role { return slices.Clone(allRoles) }

// Title is a role's name for people.
func (r *Roles) Title(role Role) fault.Text { return r.titles[role] }

// PerHour is how often an officer may do it in an hour; 0 for what is unknown.
func (r *Roles) PerHour(what Quota) int { return r.quotas[what] }
