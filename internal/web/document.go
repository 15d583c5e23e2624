package web

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
)

// document is the API's description in its forms, made at the first request, when everything is registered.
type document struct {
	json, yaml []byte
	pages      map[string][]byte // /docs by language
}

// OpenAPI is the OpenAPI 3.1 document as YAML, for the golden file. Call it when every operation is registered.
func (e *Edge) OpenAPI() ([]byte, error) { return e.api.OpenAPI().YAML() }

// DocumentFaults names failures that /docs explains, beside those of the edge.
func (e *Edge) DocumentFaults(faults ...*fault.Fault) { e.documented = append(e.documented, faults...) }

func (e *Edge) render() (d document, err error) {
	if d.json, err = json.Marshal(e.api.OpenAPI()); err != nil {
		return d, err
	}
	if d.yaml, err = e.OpenAPI(); err != nil {
		return d, err
	}
	d.pages = map[string][]byte{}
	for _, lang := range []string{Chinese, English} {
		if d.pages[lang], err = e.renderDocs(lang); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (e *Edge) documentation() {
	e.serveDocument("/openapi.json", "application/json", func(d document) []byte { return d.json })
	e.serveDocument("/openapi.yaml", "application/yaml", func(d document) []byte { return d.yaml })
	e.serveDocs()
}

func (e *Edge) serveDocument(path, contentType string, form func(document) []byte) {
	e.app.Get(path, func(c *fiber.Ctx) error {
		d, err := e.document()
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, contentType)
		c.Set(fiber.HeaderCacheControl, "public, max-age=60")
		return c.Send(form(d))
	})
}
