package web

import (
	"net/netip"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
)

// Edge is one HTTP server before it listens. Register operations and pages first, then call Serve once.
type Edge struct {
	options  Options
	proxies  []netip.Prefix
	app      *fiber.App
	api      huma.API
	sessions *limiter[netip.Addr]
	accounts *limiter[string]
	visits   *limiter[visit]

	documented []*fault.Fault    // shown on /docs
	operations []*huma.Operation // in the order of their registration, which the document does not keep
	document   func() (document, error)
}

// New builds an edge with its own routes (/openapi.json, /openapi.yaml, /docs) and none other.
func New(o Options) (*Edge, error) {
	o, proxies, err := o.complete()
	if err != nil {
		return nil, err
	}
	e := &Edge{options: o, proxies: proxies}
	if e.sessions, err = newLimiter[netip.Addr](float64(o.SessionsPerMinute)/60, o.SessionsPerMinute, o.Now); err != nil {
		return nil, err
	}
	if e.accounts, err = newLimiter[string](float64(o.RequestsPerSecond), accountBurst(o.RequestsPerSecond), o.Now); err != nil {
		return nil, err
	}
	if e.visits, err = newLimiter[visit](float64(o.SessionsPerMinute)/60, o.SessionsPerMinute, o.Now); err != nil {
		return nil, err
	}
	setHumaGlobals()
	e.app = fiber.New(e.fiberConfig())
	e.refuseUnknownMethods()
	e.app.Use(e.around)
	e.api = humafiber.New(e.app, e.humaConfig())
	e.api.UseMiddleware(noteRoute)
	e.document = sync.OnceValues(e.render)
	e.documentation()
	return e, nil
}

// API is where operations are registered with huma.Register. Their handlers return faults as errors.
func (e *Edge) API() huma.API { return e.api }

// Fiber is for pages that are not JSON. Handlers may return faults as errors; c.UserContext() has the deadline.
func (e *Edge) Fiber() *fiber.App { return e.app }

func (e *Edge) fiberConfig() fiber.Config {
	return fiber.Config{
		Immutable:                    true, // without it, every string of a request changes under whoever keeps it
		StrictRouting:                true,
		CaseSensitive:                true,
		DisableStartupMessage:        true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    e.options.BodyLimit,
		ReadBufferSize:               headerLimit,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ErrorHandler:                 e.fail, // Fiber's own answers with err.Error()
	}
}

// humaConfig is huma's configuration without its link transformer (a create hook), its schema routes, its
// documentation page (it loads scripts from elsewhere) and its openapi routes (their lazy rendering is a data race).
func (e *Edge) humaConfig() huma.Config {
	c := huma.DefaultConfig(e.options.Title, e.options.Version)
	c.Info.Description = e.options.Description
	c.OnAddOperation = []huma.AddOpFunc{func(_ *huma.OpenAPI, op *huma.Operation) { e.operations = append(e.operations, op) }}
	c.CreateHooks = nil
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{e.finishProblem}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
	}
	return c
}

var humaGlobals sync.Once

// setHumaGlobals sets what huma keeps in package variables. Every edge wants the same, so once is enough, and once is
// what makes it safe beside another edge that is already serving.
func setHumaGlobals() {
	humaGlobals.Do(func() {
		huma.ValidateStrictCasing = true
		huma.DefaultArrayNullable = false
		huma.NewError = newProblem
		huma.NewErrorWithContext = func(_ huma.Context, status int, message string, errs ...error) huma.StatusError {
			return newProblem(status, message, errs...) // the transformer knows the context and finishes it
		}
	})
}
