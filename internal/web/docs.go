package web

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
)

//go:embed pages/docs.html pages/docs.css
var pages embed.FS

// The page at /docs is the OpenAPI document for people: written by a template, without a script, with nothing from
// elsewhere. Texts of the document hold both languages as `中文 · English`; the page shows one.

type docsPage struct {
	Lang, Title, Version, Description string
	Chinese                           bool
	Groups                            []docsGroup
	Faults                            []docsFault
}

type docsGroup struct {
	ID, Title  string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description, Who string
	Open                                        bool // without a session
	Parameters                                  []docsField
	Body                                        *docsContent
	Success                                     []docsContent
	Failures                                    []docsFailure
}

type docsContent struct {
	Status, Type, Example string
	Fields                []docsField
}

type docsFailure struct{ Status, Title string }

type docsFault struct{ Code, Status, Text string }

// renderDocs writes the page in lang.
func (e *Edge) renderDocs(lang string) ([]byte, error) {
	t, err := template.ParseFS(pages, "pages/docs.html")
	if err != nil {
		return nil, err
	}
	api := e.api.OpenAPI()
	d := describer{lang: lang, schemas: api.Components.Schemas}
	page := docsPage{
		Lang: lang, Chinese: lang == Chinese, Title: d.say(api.Info.Title), Version: api.Info.Version,
		Description: d.say(api.Info.Description), Groups: d.groups(api.Tags, e.operations), Faults: e.faultTable(lang),
	}
	var out bytes.Buffer
	err = t.Execute(&out, page)
	return out.Bytes(), err
}

// groups puts the operations together by tag; tags and operations stay in the order of their registration, which is
// the order in which their authors want them read.
func (d describer) groups(tags []*huma.Tag, operations []*huma.Operation) (groups []docsGroup) {
	for _, op := range operations {
		tag := "other"
		if len(op.Tags) > 0 {
			tag = op.Tags[0]
		}
		i := slices.IndexFunc(groups, func(g docsGroup) bool { return g.ID == tag })
		if i < 0 {
			i, groups = len(groups), append(groups, docsGroup{ID: tag, Title: d.titleOf(tags, tag)})
		}
		groups[i].Operations = append(groups[i].Operations, d.operation(op))
	}
	return groups
}

func (d describer) titleOf(tags []*huma.Tag, name string) string {
	for _, tag := range tags {
		if tag.Name == name {
			return cmp.Or(d.say(tag.Description), name)
		}
	}
	return name
}

func (d describer) operation(op *huma.Operation) docsOperation {
	o := docsOperation{
		ID:     cmp.Or(op.OperationID, strings.ToLower(op.Method)+strings.NewReplacer("/", "-", "{", "", "}", "").Replace(op.Path)),
		Method: op.Method, Path: op.Path, Summary: d.say(op.Summary), Description: d.say(op.Description), Who: d.who(op), Open: len(op.Security) == 0,
	}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, d.parameter(p))
	}
	if op.RequestBody != nil {
		o.Body = d.content("", op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if number, err := strconv.Atoi(status); err == nil && number < http.StatusBadRequest {
			c := d.content(status, op.Responses[status].Content)
			o.Success = append(o.Success, *c)
		} else if err == nil {
			o.Failures = append(o.Failures, docsFailure{status, titles[number].In(d.lang)})
		}
	}
	return o
}

// who may call op: what its x-who extension says, or what its security and answers let conclude.
func (d describer) who(op *huma.Operation) string {
	if said, ok := op.Extensions["x-who"].(string); ok {
		return d.say(said)
	}
	switch _, refuses := op.Responses["403"]; {
	case len(op.Security) == 0:
		return d.say("任何人 · Anyone")
	case refuses:
		return d.say("登录用户 · Users")
	}
	return d.say("访客与登录用户 · Guests and users")
}

// faultTable lists every code that the edge knows of, once.
func (e *Edge) faultTable(lang string) []docsFault {
	known := map[string]*fault.Fault{}
	for _, f := range slices.Concat(slices.Collect(maps.Values(byStatus)), []*fault.Fault{errTarget, errHTTP, errOverdue, errInternal, ErrTooManySessions, ErrTooManyVisits, ErrTooManyRequests}, e.documented) {
		known[f.Code] = f
	}
	table := make([]docsFault, 0, len(known))
	for _, code := range slices.Sorted(maps.Keys(known)) {
		table = append(table, docsFault{code, strconv.Itoa(statusOf(known[code])), known[code].Text.In(lang)})
	}
	return table
}

// serveDocs adds /docs in both languages; ?lang= wins over Accept-Language.
func (e *Edge) serveDocs() {
	e.app.Get("/docs", func(c *fiber.Ctx) error {
		d, err := e.document()
		if err != nil {
			return err
		}
		lang := c.Query("lang")
		if lang != English && lang != Chinese {
			lang = Lang(c.UserContext())
		}
		c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
		c.Set(fiber.HeaderVary, fiber.HeaderAcceptLanguage)
		c.Set(fiber.HeaderContentLanguage, lang)
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return c.Send(d.pages[lang])
	})
	e.app.Get("/docs/style.css", func(c *fiber.Ctx) error {
		css, err := pages.ReadFile("pages/docs.css")
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		return c.Send(css)
	})
}
