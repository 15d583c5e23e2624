package console

import (
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/staff"
)

// handler does one route's work.
type handler func(a *ask) error

// route is one line of the table.
type route struct {
	method, path string
	needs        staff.Permission // "" = whoever is signed in
	open         bool             // for everybody
	do           handler
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is everything under /console. A family of pages has its own lines beside its handlers.
func (k *Console) routes() []route {
	return slices.Concat(k.doorRoutes(), k.oidcRoutes(), k.homeRoutes(), k.recordRoutes(), k.caseRoutes(), k.reportRoutes(), k.disputeRoutes(), k.approvalRoutes(),
		k.disclosureRoutes(), k.haltRoutes(), k.overviewRoutes(), k.auditRoutes(), k.peopleRoutes())
}

// register puts the table on the edge. Whatever else is asked for under /console is not there.
func (k *Console) register() {
	app := k.o.Edge.Fiber()
	k.serveAssets()
	app.Get("/console", func(c *fiber.Ctx) error { return c.Redirect(home, http.StatusSeeOther) })
	for _, r := range k.routes() {
		app.Add(r.method, r.path, func(c *fiber.Ctx) error { return k.answer(c, r) })
	}
	app.All("/console/*", func(c *fiber.Ctx) error { return k.answer(c, route{do: func(*ask) error { return errNoPage }}) })
}

// Route is one line of the table, for tests that walk it.
type Route struct {
	Method, Path string           // :name stands for one part of the path
	Needs        staff.Permission // "" = whoever is signed in
	Open         bool             // for everybody
}

// Routes is the table.
func (k *Console) Routes() (all []Route) {
	for _, r := range k.routes() {
		all = append(all, Route{r.method, r.path, r.needs, r.open})
	}
	return all
}
