package export

import (
	"path"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"zhiqing/internal/ledger"
)

// data looks into the files that are as they were signed: a problem here is the operator's.
func (r *Report) data(c contents, same []ManifestFile, keys *ledger.Verifier) {
	schemas := map[string]*jsonschema.Schema{}
	for _, f := range same {
		if f.MediaType != mediaSchema {
			continue
		}
		compiled, err := compile(c.files[f.Path])
		if err != nil {
			r.problem(f.Path, Form)
		}
		schemas[f.Path] = compiled
	}
	for _, f := range same {
		if f.MediaType != mediaJSON {
			continue
		}
		r.conforms(f, c.files[f.Path], schemas[f.Schema])
		if strings.HasPrefix(f.Path, receiptFolder) {
			r.receipt(f.Path, c.files[f.Path], keys)
		}
	}
}

// conforms holds one JSON file against its schema and the number of its records.
func (r *Report) conforms(f ManifestFile, text []byte, schema *jsonschema.Schema) {
	if schema == nil {
		r.problem(f.Path, Schema)
		return
	}
	tree, err := parse(text)
	if err != nil {
		r.problem(f.Path, Form)
		return
	}
	if err := schema.Validate(tree); err != nil {
		r.problem(f.Path, Schema, places(err)...)
	}
	n := 1
	if list, ok := tree.([]any); ok {
		n = len(list)
	}
	category := strings.TrimSuffix(strings.TrimPrefix(f.Path, "data/"), ".json")
	if count, counted := r.Manifest.Counts[category]; n != f.Records || counted && n != count {
		r.problem(f.Path, Records)
	}
}

// receipt checks a receipt and that it is the one that its name promises.
func (r *Report) receipt(file string, text []byte, keys *ledger.Verifier) {
	var envelope receipt
	if json.Unmarshal(text, &envelope) == nil {
		got, err := ledger.VerifyReceipt(envelope.JWS, keys)
		if err == nil && got.Header.RecordID == strings.TrimSuffix(path.Base(file), ".json") {
			r.Receipts++
			return
		}
	}
	r.problem(file, Receipt)
}
