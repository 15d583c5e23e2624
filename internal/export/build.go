package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/holding"
)

// part is one file of the package with what the manifest says about it. Bytes and SHA256 are filled in there.
type part struct {
	ManifestFile
	data []byte
}

const (
	mediaJSON   = "application/json"
	mediaSchema = "application/schema+json"
	mediaCSV    = "text/csv; charset=utf-8; header=present"
	mediaHTML   = "text/html; charset=utf-8"
)

// Build writes p as one ZIP. The same p and key give the same bytes. Every data file is held against its schema first:
// what Verify would refuse is not built. Errors are ErrPackage, those of s and those of w; none of them holds a value.
func Build(w io.Writer, p Package, s Signer) (Summary, error) {
	if err := p.check(); err != nil {
		return Summary{}, err
	}
	parts, err := p.parts()
	if err != nil {
		return Summary{}, err
	}
	manifest, err := encode(p.manifest(parts))
	if err != nil {
		return Summary{}, fmt.Errorf("%w: %s: %w", ErrPackage, pathManifest, err)
	}
	signature, err := p.sign(s, manifest)
	if err != nil {
		return Summary{}, err
	}
	files := p.files(parts, manifest, signature)
	counted := &counter{hash: sha256.New()}
	if err := pack(io.MultiWriter(w, counted), files, p.GeneratedAt); err != nil {
		return Summary{}, err
	}
	sum := Summary{Bytes: counted.n, SHA256: hex.EncodeToString(counted.hash.Sum(nil)), ManifestSHA256: digest(manifest), Files: len(files)}
	for _, f := range p.Files {
		sum.Records += len(f.Records)
	}
	return sum, nil
}

// parts makes everything that the manifest lists, by path.
func (p Package) parts() ([]part, error) {
	var parts []part
	sections := make([]section, 0, len(p.Files))
	for _, f := range p.Files {
		data, made, err := p.data(f)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrPackage, f.Name, err)
		}
		parts, sections = append(parts, made...), append(sections, data)
	}
	for _, more := range []func() ([]part, error){
		p.receipts, p.excluded, schemas, func() ([]part, error) { return p.pages(sections) },
	} {
		made, err := more()
		if err != nil {
			return nil, err
		}
		parts = append(parts, made...)
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.Path, b.Path) })
	return parts, nil
}

// data makes the files of one category and the section that shows it.
func (p Package) data(f holding.File) (section, []part, error) {
	schema, err := wrap(f.Name, f.Title.In(p.lang()), f.Schema)
	if err != nil {
		return section{}, nil, err
	}
	text, err := encode(append([]any{}, f.Records...)) // an empty list, never null
	if err != nil {
		return section{}, nil, err
	}
	records, err := conform(text, schema)
	if err != nil {
		return section{}, nil, err
	}
	facts := ManifestFile{Path: "data/" + f.Name + ".json", MediaType: mediaJSON, Schema: schemaPath(f.Name), Records: len(records),
		Purposes: f.Purposes, LegalBasis: f.LegalBasis}
	parts := []part{{facts, text}, {ManifestFile{Path: schemaPath(f.Name), MediaType: mediaSchema}, schema}}
	if f.Columns != nil {
		facts.Path, facts.MediaType, facts.Schema = "data/"+f.Name+".csv", mediaCSV, ""
		csv, err := table(f.Columns, records)
		if err != nil {
			return section{}, nil, err
		}
		parts = append(parts, part{facts, csv})
	}
	shown, err := p.section(f, records)
	return shown, parts, err
}

// conform parses a list and holds it against its schema. The error names places, not values.
func conform(text, schema []byte) ([]any, error) {
	compiled, err := compile(schema)
	if err != nil {
		return nil, err
	}
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	if err := compiled.Validate(tree); err != nil {
		return nil, fmt.Errorf("does not match its schema at %s", strings.Join(places(err), ", "))
	}
	records, _ := tree.([]any) // the schema says so
	return records, nil
}

// receipt is a receipt's file: `zhiqing verify receipt` reads it.
type receipt struct {
	JWS string `json:"jws"`
}

const receiptFolder = "data/receipts/"

func (p Package) receipts() ([]part, error) {
	var parts []part
	for id, jws := range p.Receipts {
		text, err := encode(receipt{jws})
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{ManifestFile{Path: receiptFolder + id + ".json", MediaType: mediaJSON, Schema: schemaPath("receipt"), Records: 1}, text})
	}
	return parts, nil
}

// omission is one line of excluded.json.
type omission struct {
	Category string    `json:"category"`
	Reason   string    `json:"reason"`
	Article  string    `json:"article"`
	Until    time.Time `json:"until,omitzero"`
}

func (p Package) excluded() ([]part, error) {
	list := []omission{}
	for _, f := range p.Files {
		for _, k := range f.Excluded {
			list = append(list, omission{k.What, k.Reason, k.Article.In(p.lang()), k.Until})
		}
	}
	text, err := encode(list)
	return []part{{ManifestFile{Path: "excluded.json", MediaType: mediaJSON, Schema: schemaPath("excluded"), Records: len(list)}, text}}, err
}

// schemas are those of the files that every package has.
func schemas() ([]part, error) {
	var parts []part
	for name := range reserved {
		text, err := ownSchemas.ReadFile(schemaPath(name))
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{ManifestFile{Path: schemaPath(name), MediaType: mediaSchema}, text})
	}
	return parts, nil
}

// front are the files that people meet first when they open the ZIP; the others follow by path.
var front = []string{pathReadme, pathIndex, pathManifest, pathSignature, pathChecksums}

// files adds what the manifest cannot list, and orders all.
func (p Package) files(parts []part, manifest, signature []byte) []part {
	all := append(slices.Clone(parts), part{ManifestFile{Path: pathManifest}, manifest}, part{ManifestFile{Path: pathSignature}, signature})
	sums := make(map[string]string, len(all))
	for _, q := range all {
		sums[q.Path] = digest(q.data)
	}
	all = append(all, part{ManifestFile{Path: pathChecksums}, checksums(sums)})
	rank := func(q part) int {
		if i := slices.Index(front, q.Path); i >= 0 {
			return i
		}
		return len(front)
	}
	slices.SortFunc(all, func(a, b part) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Path, b.Path)) })
	return all
}
