package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"zhiqing/internal/casework"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/web"
)

// The queue of rights requests and complaints, and one case of it.

func (k *Console) caseRoutes() []route {
	const one = "/console/requests/:number"
	return []route{
		{method: get, path: "/console/requests", needs: staff.RequestRead, do: k.queue},
		{method: get, path: "/console/requests/new", needs: staff.RequestDecide, do: k.offlinePage},
		{method: post, path: "/console/requests/new", needs: staff.RequestDecide, do: k.lodgeOffline},
		{method: get, path: one, needs: staff.RequestRead, do: k.oneCase},
		{method: post, path: one + "/ask", needs: staff.RequestRead, do: k.askForCase},
		{method: post, path: one + "/take", needs: staff.RequestRead, do: k.takeCase},
		{method: post, path: one + "/identity", needs: staff.RequestIdentity, do: k.verifyIdentity},
		{method: post, path: one + "/decide", needs: staff.RequestRead, do: k.decideCase},
	}
}

// pageSize is how many lines a list shows.
const pageSize = 25

type queuePage struct {
	casework.Page
	Filter casework.Filter
	Types  []string
	More   string // the address of the following page
	First  bool
}

// queueTypes are the kinds that the queue can be narrowed to, complaints first: they have the shortest way to a regulator.
var queueTypes = []string{"complaint", "correct", "supplement", "object", "transfer", "deceased_relative", "delete", "cancel_account", "access", "copy", "restrict", "explain", "withdraw_all"}

func (k *Console) queue(a *ask) error {
	page := queuePage{Types: queueTypes, First: a.query.Get("after") == ""}
	page.Filter = casework.Filter{Type: rights.Type(a.query.Get("type")), Mine: a.query.Get("mine") != "", Minors: a.query.Get("minors") != ""}
	var err error
	if page.Page, err = k.o.Cases.Queue(a, a.session, page.Filter, a.query.Get("after"), pageSize); err != nil {
		return err
	}
	page.More = k.more(a, page.Next)
	return a.show("queue", page)
}

// more is the address of this list from a position on; "" at its end.
func (k *Console) more(a *ask, next string) string {
	if next == "" {
		return ""
	}
	q := url.Values{"after": {next}}
	for _, name := range []string{"type", "mine", "minors", "by", "value", "from", "to"} {
		if v := a.query.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	return a.c.Path() + "?" + q.Encode()
}

type casePage struct {
	casework.Case
	Verdict casework.Verdict // as typed, when it comes back
	Wrong   string
	Text    string // of the template that was chosen
	Closed  bool   // a minor's case without an approval: only what the queue shows
	Asked   *staff.Approval
}

func (k *Console) oneCase(a *ask) error {
	page := casePage{}
	page.Verdict.Fulfil = true
	return k.showCase(a, page)
}

// showCase reads the case into the page; ?template= fills the answer in without a script.
func (k *Console) showCase(a *ask, page casePage) (err error) {
	number := a.param("number")
	page.Case, err = k.o.Cases.Open(a, a.session, number)
	if errors.Is(err, staff.ErrApproval) {
		page.Closed = true
		a.c.Status(http.StatusForbidden)
		return a.show("case", page)
	}
	if err != nil {
		return err
	}
	if chosen := a.query.Get("template"); chosen != "" {
		for _, t := range page.Templates {
			if t.Code == chosen {
				page.Verdict.Fulfil, page.Verdict.Ground, page.Verdict.Text = t.Fulfil, t.Ground, t.Text.In(page.Language)
			}
		}
	}
	return a.show("case", page)
}

func (k *Console) askForCase(a *ask) error {
	number := a.param("number")
	if _, err := k.o.Cases.Ask(a, a.session, number); err != nil {
		return err
	}
	return a.to("/console/requests/"+number, "asked")
}

func (k *Console) takeCase(a *ask) error {
	number := a.param("number")
	_, err := k.o.Cases.Take(a, a.session, number)
	return k.acted(a, number, "taken", casePage{}, err)
}

func (k *Console) verifyIdentity(a *ask) error {
	number := a.param("number")
	_, err := k.o.Cases.VerifyIdentity(a, a.session, number, a.field("verified") == "yes")
	return k.acted(a, number, "verified", casePage{}, err)
}

func (k *Console) decideCase(a *ask) error {
	number := a.param("number")
	v := casework.Verdict{Fulfil: a.field("verdict") == "fulfil", Ground: a.field("ground"), Text: a.field("text"), Revision: a.field("revision")}
	if v.Fulfil {
		v.Ground = ""
	}
	_, err := k.o.Cases.Decide(a, a.session, number, v)
	return k.acted(a, number, "decided", casePage{Verdict: v}, err)
}

// acted goes back to the case: to read what has happened, or with what was wrong and what was typed.
func (k *Console) acted(a *ask, number, done string, page casePage, err error) error {
	if err == nil {
		return a.to("/console/requests/"+number, done)
	}
	if !answerable(err) {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	page.Wrong = sentence(p)
	return k.showCase(a, page)
}

type offlineForm struct {
	casework.Offline
	Received, Today string // a day in China
	Types           []rights.Type
	Channels        []string
	Wrong           string
}

func (k *Console) offlinePage(a *ask) error {
	return k.showOffline(a, offlineForm{Received: k.o.Now().In(china).Format(time.DateOnly)})
}

func (k *Console) showOffline(a *ask, f offlineForm) error {
	if err := k.o.Staff.Allow(a, a.session, staff.RequestDecide); err != nil { // without training not even the form
		return err
	}
	f.Types, f.Channels, f.Today = casework.OfflineTypes(), casework.Channels(), k.o.Now().In(china).Format(time.DateOnly)
	return a.show("offline", f)
}

// lodgeOffline takes down what came by letter, mail or phone. Its clock runs from the day on which it came.
func (k *Console) lodgeOffline(a *ask) error {
	f := offlineForm{Received: a.field("received")}
	f.Offline = casework.Offline{
		PrivacyNumber: a.field("number"), Type: rights.Type(a.field("type")), Channel: a.field("channel"),
		Scope: strings.Fields(a.field("scope")), Language: cmp.Or(a.field("language"), web.Chinese),
	}
	day, err := time.ParseInLocation(time.DateOnly, f.Received, china)
	if err != nil {
		err = errDay
	} else {
		f.ReceivedAt = day.UTC()
		var item casework.Item
		if item, err = k.o.Cases.LodgeOffline(a, a.session, f.Offline); err == nil {
			return a.to("/console/requests/"+item.Number, "lodged")
		}
	}
	if !answerable(err) {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	f.Wrong = sentence(p)
	return k.showOffline(a, f)
}
