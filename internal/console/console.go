package console

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/casework"
	"zhiqing/internal/disclosure"
	"zhiqing/internal/halt"
	"zhiqing/internal/inspection"
	"zhiqing/internal/lookup"
	"zhiqing/internal/notice"
	"zhiqing/internal/staff"
	"zhiqing/internal/tally"
	"zhiqing/internal/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Options are what the console needs. All are required unless said.
type Options struct {
	Edge        *web.Edge
	Staff       *staff.Desk
	Lookups     *lookup.Desk
	Cases       *casework.Desk
	Disclosures *disclosure.Desk
	Halts       *halt.Desk
	Tally       Tally
	Inspection  Inspection
	Notices     Notices
	Signer      audit.Signer                                               // of packs for auditors
	Figures     func(ctx context.Context, from, to time.Time) (any, error) // on minors, for the yearly audit (未成年人网络保护条例 art. 37)
	Now         func() time.Time
	Operator    string // the operator's name, at the foot of each page
	Production  bool   // false shows that this is a development server
}

// Tally keeps the counters of the overview; package tally does.
type Tally interface {
	Overview(ctx context.Context, now time.Time) (tally.Overview, error)
}

// Inspection looks every night whether what is stored is what was promised; package inspection does.
type Inspection interface {
	Last(ctx context.Context) (o inspection.Outcome, ok bool, err error)
}

// Notices are the texts that people were shown; package notice keeps them.
type Notices interface {
	Get(kind, version, lang string) (notice.Notice, error)
	Versions(kind, lang string) []notice.Notice
}

// Console is the pages. Open it, and the edge serves them under /console/.
type Console struct {
	o     Options
	pages map[string]map[string]*template.Template // by language and name
	files map[string]asset

	drawings drawings
	pieces   pieces
}

// Open parses the pages and puts the routes on the edge. It fails on a template that does not parse.
func Open(o Options) (*Console, error) {
	if o.Edge == nil || o.Staff == nil || o.Lookups == nil || o.Cases == nil || o.Disclosures == nil || o.Halts == nil || o.Notices == nil || o.Tally == nil || o.Inspection == nil || o.Signer == nil || o.Figures == nil || o.Now == nil {
		return nil, errors.New("console: an edge, a staff desk, desks for look-ups, cases, disclosures and halts, notices, counters, the inspection, a signer, figures and a clock are needed")
	}
	k := &Console{o: o}
	var err error
	if k.files, err = loadAssets(); err != nil {
		return nil, err
	}
	if k.pages, err = k.parse(); err != nil {
		return nil, err
	}
	k.register()
	return k, nil
}
