package console

import (
	"html/template"
	"strings"
	"sync"

	"zhiqing/internal/fault"
)

// pieces keeps parts of pages that are the same for everybody, as they stand in the page: a list of all purposes is most of what
// a record's page would otherwise spend its time on. There is nothing of a person in them.
type pieces struct {
	mu   sync.RWMutex
	done map[string]template.HTML
}

// mostPieces bounds what is kept; what comes beyond is made anew each time. A catalogue has some dozens, in two languages.
const mostPieces = 4096

// piece is a template of a page, executed with data; key tells it from the template's other pieces.
func (a *ask) piece(page, name, key string, data any) (template.HTML, error) {
	p, key := &a.k.pieces, strings.Join([]string{a.lang, page, name, key}, "/")
	p.mu.RLock()
	done, found := p.done[key]
	p.mu.RUnlock()
	if found {
		return done, nil
	}
	done, err := a.part(page, name, data)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done = map[string]template.HTML{}
	}
	if len(p.done) < mostPieces {
		p.done[key] = done
	}
	return done, nil
}

// part executes one template of a page.
func (a *ask) part(page, name string, data any) (template.HTML, error) {
	var out strings.Builder
	if err := a.k.pages[a.lang][page].ExecuteTemplate(&out, name, data); err != nil {
		return "", fault.Define(fault.Internal, "internal", "", "").Because(err)
	}
	return template.HTML(out.String()), nil // what html/template wrote
}
