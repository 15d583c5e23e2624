package staff

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"zhiqing/internal/fault"
)

// rolesFile is what LoadRoles reads, and maxRoles the most bytes that it may have.
const (
	rolesFile = "roles.yaml"
	maxRoles  = 64 << 10
)

// mostPerHour bounds a quota, and with it the document that counts it.
const mostPerHour = 500

type rolesYAML struct {
	Roles []struct {
		Code  Role      `yaml:"code"`
		Title titleYAML `yaml:"title"`
	} `yaml:"roles"`
	Permissions []ruleYAML `yaml:"permissions"`
	Quotas      []struct {
		What    Quota  `yaml:"what"`
		PerHour int    `yaml:"per_hour"`
		Law     string `yaml:"law"`
	} `yaml:"quotas"`
}

type titleYAML struct {
	ZH string `yaml:"zh-CN"`
	EN string `yaml:"en"`
}

type ruleYAML struct {
	Code       Permission `yaml:"code"`
	Title      titleYAML  `yaml:"title"`
	Roles      []Role     `yaml:"roles"`
	Personal   bool       `yaml:"personal"`
	StepUp     bool       `yaml:"step_up"`
	FourEyes   bool       `yaml:"four_eyes"`
	ApprovedBy Permission `yaml:"approved_by"`
	Law        string     `yaml:"law"`
}

// LoadRoles reads roles.yaml of the operator's folder, strictly: every role, permission and quota once, none that the
// program does not know, and nothing laxer than the law allows. The error tells all problems at once.
func LoadRoles(files fs.FS) (*Roles, error) {
	text, err := readRoles(files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rolesFile, err)
	}
	l := rolesReader{out: Roles{titles: map[Role]fault.Text{}, quotas: map[Quota]int{}}}
	written := l.decode(text)
	l.roles(written)
	l.permissions(written.Permissions)
	l.quotas(written)
	l.bounds()
	if err := errors.Join(l.problems...); err != nil {
		return nil, err
	}
	return &l.out, nil
}

func readRoles(files fs.FS) ([]byte, error) {
	f, err := files.Open(rolesFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxRoles+1))
	if err == nil && len(text) > maxRoles {
		err = fmt.Errorf("larger than %d KiB", maxRoles>>10)
	}
	return text, err
}

// rolesReader collects what is wrong with the file; it goes on after a problem, so that all are told at once.
type rolesReader struct {
	out      Roles
	problems []error
}

func (l *rolesReader) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(rolesFile+": "+format, args...))
}

func (l *rolesReader) decode(text []byte) (out rolesYAML) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&out); err != nil && !errors.Is(err, io.EOF) {
		l.problem("%w", err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.problem("expected one YAML document")
	}
	return out
}

func (l *rolesReader) roles(written rolesYAML) {
	var codes []Role
	for _, r := range written.Roles {
		codes = append(codes, r.Code)
		l.out.titles[r.Code] = l.title("roles: "+string(r.Code), r.Title)
	}
	eachOnce(l, "roles", allRoles, codes)
}

func (l *rolesReader) permissions(written []ruleYAML) {
	var codes []Permission
	for _, w := range written {
		codes = append(codes, w.Code)
		l.out.rules = append(l.out.rules, l.rule(w))
	}
	eachOnce(l, "permissions", allPermissions, codes)
}

func (l *rolesReader) rule(w ruleYAML) Rule {
	at := "permissions: " + string(w.Code)
	for i, role := range w.Roles {
		if !slices.Contains(allRoles, role) || slices.Contains(w.Roles[:i], role) {
			l.problem("%s: roles: %q is unknown, or there twice", at, role)
		}
	}
	if w.ApprovedBy != "" && (!w.FourEyes || !slices.Contains(allPermissions, w.ApprovedBy)) {
		l.problem("%s: approved_by needs four_eyes: true and names a permission", at)
	}
	if w.ApprovedBy == "" && w.FourEyes {
		w.ApprovedBy = w.Code
	}
	l.law(at, w.Law)
	return Rule{w.Code, l.title(at, w.Title), w.Roles, w.Personal, w.StepUp, w.FourEyes, w.ApprovedBy, w.Law}
}

func (l *rolesReader) quotas(written rolesYAML) {
	var codes []Quota
	for _, q := range written.Quotas {
		codes = append(codes, q.What)
		if q.PerHour < 1 || q.PerHour > mostPerHour {
			l.problem("quotas: %s: per_hour is 1 to %d", q.What, mostPerHour)
		}
		l.law("quotas: "+string(q.What), q.Law)
		l.out.quotas[q.What] = q.PerHour
	}
	eachOnce(l, "quotas", allQuotas, codes)
}

// bounds refuses a table that is laxer than the law, or that lets one person be two.
func (l *rolesReader) bounds() {
	if !l.out.FourEyes(MinorAccessRequest) {
		l.problem("permissions: %s: four_eyes must be true (未成年人网络保护条例 art. 36)", MinorAccessRequest)
	}
	if !l.out.FourEyes(DisclosureOrder) {
		l.problem("permissions: %s: four_eyes must be true (requirements A-L30.1)", DisclosureOrder)
	}
	for _, p := range []Permission{DisclosureOrder, LookupSubject, RevealField, MinorAccessRequest, RequestRead, RequestDecide, RequestIdentity, ComplaintDecide, DisputeResolve, AgeCorrect} {
		if !l.out.rule(p).Personal {
			l.problem("permissions: %s: personal must be true (个人信息保护法 art. 51(5))", p)
		}
	}
	for _, p := range []Permission{RevealField, RequestIdentity, DisclosureApprove, PurposeStop, ManageStaff} {
		if !l.out.StepUp(p) {
			l.problem("permissions: %s: step_up must be true", p)
		}
	}
	for _, r := range l.out.rules {
		for _, role := range l.out.rule(ManageStaff).Roles {
			if r.FourEyes && (l.out.May(role, r.Permission) || l.out.May(role, r.Approval)) {
				l.problem("permissions: %s: %s can make accounts, so it must take no side in four eyes", r.Permission, role)
			}
		}
	}
}

func (l *rolesReader) title(at string, t titleYAML) fault.Text {
	if strings.TrimSpace(t.ZH) == "" || strings.TrimSpace(t.EN) == "" {
		l.problem("%s: a title in zh-CN and one in en are needed", at)
	}
	return fault.Text{ZH: t.ZH, EN: t.EN}
}

func (l *rolesReader) law(at, law string) {
	if strings.TrimSpace(law) == "" {
		l.problem("%s: law is missing: say where the rule comes from", at)
	}
}

// eachOnce wants every known code exactly once, and no other.
func eachOnce[T ~string](l *rolesReader, of string, known, written []T) {
	for i, code := range written {
		switch {
		case !slices.Contains(known, code):
			l.problem("%s: %q is not known", of, code)
		case slices.Contains(written[:i], code):
			l.problem("%s: %s is there twice", of, code)
		}
	}
	for _, code := range known {
		if !slices.Contains(written, code) {
			l.problem("%s: %s is missing", of, code)
		}
	}
}
