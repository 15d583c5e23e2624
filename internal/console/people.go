package console

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
)

// The staff's own accounts: an administrator opens and closes them, and everybody looks after their own password.

func (k *Console) peopleRoutes() []route {
	return []route{
		{method: get, path: "/console/staff", needs: staff.ManageStaff, do: k.people},
		{method: post, path: "/console/staff", needs: staff.ManageStaff, do: k.addOfficer},
		{method: post, path: "/console/staff/:name/:act", needs: staff.ManageStaff, do: k.changeOfficer},
		{method: get, path: "/console/me", do: func(a *ask) error { return a.show("me", a.me()) }},
		{method: post, path: "/console/me/password", do: k.changePassword},
	}
}

// people is the page of accounts. Credentials are in the one answer that makes them, and nowhere else.
type people struct {
	Accounts []staff.Account
	Roles    []staff.Role
	Year     time.Time // the latest end of a training
	Made     *credentials
	OIDC     bool // there is an identity provider
	Form     struct{ Name, Role, OIDC string }
	Wrong    string
}

type credentials struct {
	Name, Password, URI string
	QR                  template.HTML // SVG made here
}

func (k *Console) people(a *ask) error { return k.showPeople(a, people{}) }

func (k *Console) showPeople(a *ask, p people) (err error) {
	if p.Accounts, err = k.o.Staff.List(a); err != nil {
		return err
	}
	slices.SortFunc(p.Accounts, func(x, y staff.Account) int { return cmp.Compare(x.Name, y.Name) })
	p.Roles, p.Year, p.OIDC = k.o.Staff.Roles().All(), k.o.Now().AddDate(1, 0, 0), k.o.Staff.HasProvider()
	return a.show("people", p)
}

// wrongOr answers with the page and what was wrong, when its reader can mend it.
func (k *Console) wrongOr(a *ask, p people, err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.Invalid && f.Kind != fault.Conflict {
		return err
	}
	problem := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	p.Wrong = sentence(problem)
	a.c.Status(problem.Status)
	return k.showPeople(a, p)
}

func (k *Console) addOfficer(a *ask) error {
	p := people{}
	p.Form.Name, p.Form.Role, p.Form.OIDC = a.field("name"), a.field("role"), a.field("oidc")
	if err := k.o.Staff.Allow(a, a.session, staff.ManageStaff); err != nil {
		return err
	}
	if p.Form.OIDC != "" {
		if err := k.o.Staff.Enlist(a, a.session.Officer, p.Form.Name, staff.Role(p.Form.Role), p.Form.OIDC); err != nil {
			return k.wrongOr(a, p, err)
		}
		return a.to("/console/staff", "staff_changed")
	}
	password, uri, err := k.o.Staff.Add(a, a.session.Officer, p.Form.Name, staff.Role(p.Form.Role))
	if err != nil {
		return k.wrongOr(a, p, err)
	}
	return k.told(a, p.Form.Name, password, uri)
}

// told shows new credentials, this once.
func (k *Console) told(a *ask, name, password, uri string) error {
	picture, err := qrSVG(uri, a.say("身份验证器二维码", "QR code for an authenticator app"))
	if err != nil {
		return err
	}
	return k.showPeople(a, people{Made: &credentials{name, password, uri, picture}})
}

func (k *Console) changeOfficer(a *ask) error {
	if err := k.o.Staff.Allow(a, a.session, staff.ManageStaff); err != nil {
		return err
	}
	by, name := a.session.Officer, a.param("name")
	var err error
	switch a.param("act") {
	case "disable":
		err = k.o.Staff.Disable(a, by, name)
	case "role":
		err = k.o.Staff.SetRole(a, by, name, staff.Role(a.field("role")))
	case "train":
		err = k.train(a, by, name)
	case "reset":
		password, uri, err := k.o.Staff.Reset(a, by, name)
		if err != nil {
			return k.wrongOr(a, people{}, err)
		}
		return k.told(a, name, password, uri)
	default:
		return errNoPage
	}
	if err != nil {
		return k.wrongOr(a, people{}, err)
	}
	return a.to("/console/staff", "staff_changed")
}

// train notes until the end of which day, in China, an officer's training is in force.
func (k *Console) train(a *ask, by staff.Officer, name string) error {
	day, err := time.ParseInLocation(time.DateOnly, a.field("until"), china)
	if err != nil {
		return staff.ErrInvalid.At("body.until", "日期格式为 2026-01-31。", "A date looks like 2026-01-31.")
	}
	return k.o.Staff.Train(a, by, name, day.AddDate(0, 0, 1))
}

type myself struct {
	Permissions []staff.Rule
	Elsewhere   bool // the password is the identity provider's
	Wrong       string
}

func (a *ask) me() (m myself) {
	m.Elsewhere = a.session.Elsewhere
	for _, rule := range a.k.o.Staff.Roles().Rules() {
		if slices.Contains(rule.Roles, a.session.Officer.Role) {
			m.Permissions = append(m.Permissions, rule)
		}
	}
	return m
}

func (k *Console) changePassword(a *ask) error {
	fresh := a.form.Get("new")
	if fresh != a.form.Get("again") {
		m := a.me()
		m.Wrong = a.say("两次输入的新密码不一致。", "The two new passwords differ.")
		a.c.Status(http.StatusUnprocessableEntity)
		return a.show("me", m)
	}
	token, _, err := k.o.Staff.SetPassword(a, a.token, a.form.Get("old"), fresh)
	if err != nil && answerable(err) {
		p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
		m := a.me()
		m.Wrong = sentence(p)
		a.c.Status(p.Status)
		return a.show("me", m)
	}
	if err != nil {
		return err
	}
	a.cookie(sessionCookie, token, 0)
	return a.to("/console/me", "password")
}
