package console

import (
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
	"zhiqing/internal/web"
)

// contentPolicy lets a page load its own style, script and pictures, send forms here, and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// view is what every page gets.
type view struct {
	Lang, Page  string // Page is the template's name
	Operator    string
	Development bool
	Signed      bool // somebody is signed in
	Officer     staff.Officer
	Role        string // the role's title
	Untrained   bool   // training has lapsed
	CSRF        string
	Now         time.Time
	Nav         template.HTML
	Done        string // what the page before has done
	Here        string // the address of the page, for the switch of languages to come back to
	Data        any
}

type link struct {
	Path, Icon, Title string
	Here              bool
}

// frame are the files that every page is made with; each other file in pages/ is a page.
var frame = []string{"pages/layout.html", "pages/parts.html"}

func (k *Console) parse() (map[string]map[string]*template.Template, error) {
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]*template.Template{web.Chinese: {}, web.English: {}}
	for lang, pages := range all {
		for _, file := range files {
			name := strings.TrimSuffix(path.Base(file), ".html")
			if pages[name], err = k.parsePage(lang, append(frame[:len(frame):len(frame)], file)); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// parsePage makes one page in one language.
func (k *Console) parsePage(lang string, files []string) (*template.Template, error) {
	page := template.New("").Option("missingkey=error").Funcs(k.functions(lang))
	for _, file := range files {
		text, err := fs.ReadFile(pageFiles, file)
		if err != nil {
			return nil, err
		}
		if _, err := page.New(path.Base(file)).Parse(spoken(string(text), lang)); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// bothLanguages is a template's call of say with two plain words or sentences.
var bothLanguages = regexp.MustCompile(`\{\{say "([^"\\]*)" "([^"\\]*)"\}\}`)

// spoken puts the words of one language where say would. They are most of what a page says, and cost nothing any more.
func spoken(text, lang string) string {
	return bothLanguages.ReplaceAllStringFunc(text, func(call string) string {
		words := bothLanguages.FindStringSubmatch(call)
		return template.HTMLEscapeString(fault.Text{ZH: words[1], EN: words[2]}.In(lang))
	})
}

// show writes a page. It is rendered before the first byte goes out, so a page is whole or an error.
func (a *ask) show(name string, data any) error {
	v := view{
		Lang: a.lang, Page: name, Operator: a.k.o.Operator, Development: !a.k.o.Production, Now: a.k.o.Now(), Data: data,
		Done: done[a.query.Get("done")].In(a.lang), Here: a.here(),
	}
	if s := a.session; s.Officer.ID != "" {
		v.Signed, v.Officer, v.CSRF, v.Role = true, s.Officer, s.CSRF(), a.k.o.Staff.Roles().Title(s.Officer.Role).In(a.lang)
		v.Untrained = !v.Now.Before(s.Officer.TrainedUntil)
		var err error
		if v.Nav, err = a.nav(name); err != nil {
			return err
		}
	}
	if err := a.k.pages[a.lang][name].ExecuteTemplate(a.c.Response().BodyWriter(), "layout", v); err != nil {
		a.c.Response().ResetBody()
		return fault.Define(fault.Internal, "internal", "", "").Because(err)
	}
	a.c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	a.c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	a.c.Set(fiber.HeaderContentLanguage, a.lang)
	a.c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return nil
}

// nav is the officer's way around, as it stands on a page: only what the role may see.
func (a *ask) nav(page string) (template.HTML, error) {
	links, here := a.links()
	return a.piece(page, "nav", string(a.session.Officer.Role)+here, links)
}

// links are where the officer's role may go; here is the path of the one that the page belongs to.
func (a *ask) links() (links []link, here string) {
	all := []struct {
		path, icon, zh, en string
		needs              staff.Permission
	}{
		{home, "search", "查找", "Look-up", staff.LookupSubject},
		{"/console/requests", "inbox", "请求", "Requests", staff.RequestRead},
		{"/console/reports", "flag", "举报", "Reports", staff.RequestRead},
		{"/console/disputes", "family", "监护争议", "Disputes", staff.DisputeResolve},
		{"/console/approvals", "check", "审批", "Approvals", staff.MinorAccessApprove},
		{"/console/disclosures", "file", "对外披露", "Disclosures", staff.DisclosureRead},
		{"/console/halts", "warn", "停用", "Stops", staff.PurposeStop},
		{"/console/overview", "chart", "概览", "Overview", staff.OverviewRead},
		{"/console/audit", "log", "审计", "Audit", staff.AuditRead},
		{"/console/staff", "people", "员工", "Staff", staff.ManageStaff},
	}
	section := a.section()
	for _, l := range all {
		if !a.may(l.needs) {
			continue
		}
		if l.path == section {
			here = section
		}
		links = append(links, link{l.path, l.icon, a.say(l.zh, l.en), l.path == section})
	}
	return links, here
}

// section is the entry of the navigation that the page belongs to.
func (a *ask) section() string {
	path := a.c.Path()
	if strings.HasPrefix(path, "/console/records") || strings.HasPrefix(path, "/console/notices") {
		return home
	}
	rest, _, _ := strings.Cut(strings.TrimPrefix(path, home), "/")
	return home + rest
}

// done is what a page can be told that the one before has done. The table is closed: an address cannot put words here.
var done = map[string]fault.Text{
	"signed_out":    {ZH: "已退出登录。", EN: "You have signed out."},
	"password":      {ZH: "密码已更改，其他设备上的登录已结束。", EN: "Your password has changed; your other sessions have ended."},
	"asked":         {ZH: "已提交申请，等待另一名员工批准。", EN: "Asked; another officer has to approve."},
	"taken":         {ZH: "已领取，由您处理。", EN: "Taken; it is yours."},
	"verified":      {ZH: "已记录身份核验结果。", EN: "The check of identity has been noted."},
	"decided":       {ZH: "决定已送达本人。", EN: "Decided; the person has been told."},
	"lodged":        {ZH: "已登记，期限自收到之日起算。", EN: "Taken down; its time runs from the day on which it came."},
	"resolved":      {ZH: "争议已处理。", EN: "The dispute has been resolved."},
	"age":           {ZH: "年龄已更正为成年。", EN: "The age has been corrected to adult."},
	"approved":      {ZH: "已批准，30 分钟内有效。", EN: "Approved, for 30 minutes."},
	"stopped":       {ZH: "已停用，立即生效。", EN: "Stopped, as of now."},
	"lifted":        {ZH: "已恢复。", EN: "It goes on again."},
	"recalled":      {ZH: "已记录接收方的确认。", EN: "The recipient's confirmation is noted."},
	"told":          {ZH: "已告知本人。", EN: "The person has been told."},
	"denied":        {ZH: "已拒绝。", EN: "Denied."},
	"walked":        {ZH: "已核验整条链。", EN: "The whole chain has been checked."},
	"staff_changed": {ZH: "已更改。", EN: "Changed."},
	"proved":        {ZH: "身份已验证，5 分钟内有效。", EN: "Thank you. This holds for five minutes."},
}
