package export

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
)

// What can be wrong with a file of a package.
const (
	Missing   = "missing"
	Extra     = "extra"
	Twice     = "twice"
	Damaged   = "damaged"
	Changed   = "changed"
	Checksum  = "checksum"
	Form      = "form"
	Signature = "signature"
	Schema    = "schema"
	Records   = "records"
	Receipt   = "receipt"
)

// problemWords are the sentences for people.
var problemWords = map[string]fault.Text{
	Missing:   {ZH: "文件缺失。", EN: "The file is missing."},
	Extra:     {ZH: "清单中没有这个文件。", EN: "The manifest does not list this file."},
	Twice:     {ZH: "同名文件出现了不止一次。", EN: "The file is there more than once."},
	Damaged:   {ZH: "文件已损坏，无法完整读取。", EN: "The file is damaged and cannot be read in full."},
	Changed:   {ZH: "文件内容已被改动。", EN: "The file has been changed."},
	Checksum:  {ZH: "校验和清单中缺少这个文件，或与它不符。", EN: "The checksum list lacks this file, or says something else."},
	Form:      {ZH: "文件格式不符合规定。", EN: "The file is not of the expected form."},
	Signature: {ZH: "清单的签名无效，或不是由这组公钥的持有者签发。", EN: "The manifest's signature does not match, or was not made by the holder of these keys."},
	Schema:    {ZH: "数据与其结构定义（JSON Schema）不符。", EN: "The data does not match its JSON Schema."},
	Records:   {ZH: "记录条数与清单不符。", EN: "The number of records is not the one in the manifest."},
	Receipt:   {ZH: "同意回执无效。", EN: "The consent receipt is not valid."},
}

// Problem is one thing that is wrong. Path comes from a stranger's file: quote it before a terminal sees it.
type Problem struct {
	Path   string
	Kind   string // one of the constants above
	Text   fault.Text
	Places []string // for Schema: JSON pointers (quoted) and rules, no values
}

// Report is what Verify found.
type Report struct {
	Manifest Manifest // means something only if the report is sound
	Files    int
	Receipts int // receipts that hold
	Problems []Problem
	More     int // problems beyond those listed
}

// Sound reports whether nothing is wrong.
func (r Report) Sound() bool { return len(r.Problems) == 0 }

// maxProblems bounds a report.
const maxProblems = 200

// problem adds one, once.
func (r *Report) problem(path, kind string, places ...string) {
	if slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Path == path && p.Kind == kind }) {
		return
	}
	if len(r.Problems) == maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, Problem{path, kind, problemWords[kind], places})
}

// Verify checks a package offline and names every problem: files that are missing, there without being listed, changed or
// damaged; checksums that do not match; a signature that is not by keys; and, where the files are as they were signed, data
// that does not match its schema and receipts that do not hold. Schemas of a stranger are never run: they could be made to
// take for ever. The error is ErrNoPackage or ErrTooLarge, for what cannot be looked at.
func Verify(r io.ReaderAt, size int64, keys *ledger.Verifier) (Report, error) {
	c, err := open(r, size)
	if err != nil {
		return Report{}, err
	}
	report := Report{Files: len(c.files)}
	for _, path := range c.damaged {
		report.problem(path, Damaged)
	}
	for _, path := range c.twice {
		report.problem(path, Twice)
	}
	report.sums(c)
	ours := report.signature(c, keys)
	if !report.manifest(c) {
		return report, nil
	}
	same := report.listed(c)
	if ours {
		report.data(c, same, keys)
	}
	return report, nil
}

// sums holds checksums.sha256 against every file. A list that is broken itself says nothing about the others.
func (r *Report) sums(c contents) {
	text, there := c.files[pathChecksums]
	switch {
	case !there:
		r.problem(pathChecksums, Missing)
		return
	case slices.Contains(c.damaged, pathChecksums):
		return
	}
	said := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, path, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || path == pathChecksums {
			r.problem(pathChecksums, Form)
			return
		}
		said[path] = sum
	}
	for _, path := range slices.Sorted(maps.Keys(said)) {
		if _, there := c.files[path]; !there {
			r.problem(path, Missing)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(c.files)) {
		if path != pathChecksums && said[path] != digest(c.files[path]) {
			r.problem(path, Checksum)
		}
	}
}

// signature reports whether the manifest is signed by keys.
func (r *Report) signature(c contents, keys *ledger.Verifier) bool {
	jws, there := c.files[pathSignature]
	switch {
	case !there:
		r.problem(pathSignature, Missing)
	case !signed(jws, c.files[pathManifest], keys):
		r.problem(pathSignature, Signature)
	default:
		return true
	}
	return false
}

// manifest reads manifest.json, if it is of its form.
func (r *Report) manifest(c contents) bool {
	text, there := c.files[pathManifest]
	if !there {
		r.problem(pathManifest, Missing)
		return false
	}
	schema, err := own("manifest")
	if err == nil {
		var tree any
		if tree, err = parse(text); err == nil {
			err = schema.Validate(tree)
		}
	}
	if err == nil {
		err = json.Unmarshal(text, &r.Manifest, json.RejectUnknownMembers(true))
	}
	if err != nil {
		r.problem(pathManifest, Form, places(err)...)
	}
	return err == nil
}

// listed holds the files against the manifest and returns those that are as it says.
func (r *Report) listed(c contents) (same []ManifestFile) {
	known := map[string]bool{pathManifest: true, pathSignature: true, pathChecksums: true}
	for _, f := range r.Manifest.Files {
		data, there := c.files[f.Path]
		switch {
		case known[f.Path]:
			r.problem(pathManifest, Form)
		case !there:
			r.problem(f.Path, Missing)
		case len(data) != f.Bytes || digest(data) != f.SHA256:
			if !slices.Contains(c.damaged, f.Path) {
				r.problem(f.Path, Changed)
			}
		default:
			same = append(same, f)
		}
		known[f.Path] = true
	}
	for _, path := range slices.Sorted(maps.Keys(c.files)) {
		if !known[path] {
			r.problem(path, Extra)
		}
	}
	return same
}
