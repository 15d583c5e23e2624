package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"zhiqing/internal/holding"
)

func TestAPackageThatWasBuiltIsSound(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		p := full(t, keyset(1))
		p.Language = lang
		r := check(t, build(t, p, keyset(1)), keyset(1).Verifier())
		if !r.Sound() || r.Receipts != 1 || r.Manifest.RequestNo != p.RequestNo || r.Manifest.Counts["orders"] != 2 {
			t.Errorf("%+v", r)
		}
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	first := build(t, full(t, keyset(1)), keyset(1))
	for range 5 { // maps are walked in another order each time
		if again := build(t, full(t, keyset(1)), keyset(1)); !bytes.Equal(first, again) {
			t.Fatal("two packages of the same snapshot differ")
		}
	}
	elsewhere := full(t, keyset(1))
	elsewhere.GeneratedAt = snapshot.In(time.FixedZone("elsewhere", -7*3600))
	if !bytes.Equal(first, build(t, elsewhere, keyset(1))) {
		t.Error("the zone of the server shows")
	}
}

// The contents are golden; the ZIP's own bytes also depend on the compressor of the toolchain.
func TestTheContentsOfAFixedInputAreGolden(t *testing.T) {
	const golden = "testdata/checksums.sha256"
	got := unpack(t, build(t, full(t, keyset(1)), keyset(1)))[pathChecksums]
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v: another content than %s; if that is meant, UPDATE_GOLDEN=1", err, golden)
	}
}

func TestTheSummaryCountsWhatWasWritten(t *testing.T) {
	var b bytes.Buffer
	sum, err := Build(&b, full(t, keyset(1)), keyset(1))
	files := unpack(t, b.Bytes())
	if err != nil || sum.Bytes != int64(b.Len()) || sum.SHA256 != digest(b.Bytes()) || sum.ManifestSHA256 != digest(files[pathManifest]) ||
		sum.Files != len(files) || sum.Records != 7 {
		t.Errorf("%+v %v", sum, err)
	}
}

// What goes out comes back the same: the copy can be imported.
func TestTheDataReadsBackAsTheHoldersGaveIt(t *testing.T) {
	p := example()
	files := unpack(t, build(t, p, keyset(1)))
	for _, f := range p.Files {
		var got, want []any
		given, err := json.Marshal(append([]any{}, f.Records...))
		if err := errors.Join(err, json.Unmarshal(given, &want), json.Unmarshal(files["data/"+f.Name+".json"], &got)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v %v", f.Name, err, got)
		}
	}
}

func TestEverySchemaIsOf2020AndHasAVersionInItsName(t *testing.T) {
	files := unpack(t, build(t, full(t, keyset(1)), keyset(1)))
	var m Manifest
	if err := json.Unmarshal(files[pathManifest], &m); err != nil {
		t.Fatal(err)
	}
	for _, f := range append(m.Files, ManifestFile{Path: pathManifest, MediaType: mediaJSON, Schema: schemaPath("manifest")}) {
		if f.MediaType != mediaJSON {
			continue
		}
		var s struct {
			ID      string `json:"$id"`
			Dialect string `json:"$schema"`
		}
		if err := json.Unmarshal(files[f.Schema], &s); err != nil || s.Dialect != draft || !strings.HasSuffix(s.ID, ":"+FormatVersion) {
			t.Errorf("%s: %v %+v", f.Schema, err, s)
		}
		matches(t, f.Path, files[f.Path], files[f.Schema])
	}
}

// matches uses the library as any importer would.
func matches(t *testing.T, path string, text, schema []byte) {
	t.Helper()
	tree, err1 := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	data, err2 := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	c := jsonschema.NewCompiler()
	err3 := c.AddResource("urn:test", tree)
	compiled, err4 := c.Compile("urn:test")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(path, err)
	}
	if err := compiled.Validate(data); err != nil {
		t.Error(path, err)
	}
}

func TestTimesAreInUTCAndBrokenTextDoesNotCostTheCopy(t *testing.T) {
	p := example()
	p.Files = []holding.File{{Name: "notes", Schema: []byte(`{}`), Records: []any{
		map[string]any{"at": time.Date(2026, 3, 1, 16, 0, 0, 0, beijing), "text": "a\xffb"},
	}}}
	data := unpack(t, build(t, p, keyset(1)))["data/notes.json"]
	if !bytes.Contains(data, []byte(`"2026-03-01T08:00:00Z"`)) || !bytes.Contains(data, []byte("a\uFFFDb")) {
		t.Errorf("%s", data)
	}
}

func TestTheTableIsRFC4180(t *testing.T) {
	text := string(unpack(t, build(t, example(), keyset(1)))["data/orders.csv"])
	body, marked := strings.CutPrefix(text, "\xef\xbb\xbf")
	if !marked || strings.Count(strings.ReplaceAll(body, "\r\n", ""), "\n") != 0 {
		t.Error("no byte order mark, or line ends that are not CRLF")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "order_id" || rows[1][0] != "9223372036854775807" || rows[1][7] != `{"city":"杭州市","street":"示例路 12 号"}` {
		t.Errorf("%v %q", err, rows)
	}
}

func TestWhatVerifyWouldRefuseIsNotBuilt(t *testing.T) {
	const secret = "13800138000"
	file := func(schema string, columns []string, records ...any) func(*Package) {
		return func(p *Package) {
			p.Files = []holding.File{{Name: "notes", Schema: []byte(schema), Records: records, Columns: columns}}
		}
	}
	for name, spoil := range map[string]func(*Package){
		"no request":          func(p *Package) { p.RequestNo = "" },
		"a path as request":   func(p *Package) { p.RequestNo = "../x" },
		"no subject":          func(p *Package) { p.Subject = "" },
		"no controller":       func(p *Package) { p.Controller.Name = "" },
		"no contact":          func(p *Package) { p.Controller.Contact = "" },
		"no time":             func(p *Package) { p.GeneratedAt = time.Time{} },
		"expired":             func(p *Package) { p.ExpiresAt = p.GeneratedAt },
		"no notice":           func(p *Package) { p.NoticeVersion = "" },
		"no language":         func(p *Package) { p.Language = "" },
		"a path as name":      func(p *Package) { p.Files[0].Name = "../" + secret },
		"a reserved name":     func(p *Package) { p.Files[0].Name = "manifest" },
		"the same name twice": func(p *Package) { p.Files[1].Name = p.Files[0].Name },
		"a path as entry":     func(p *Package) { p.Receipts["a/b"] = "x.y.z" },
		"no schema":           file(``, nil),
		"another dialect":     file(`{"$schema":"http://json-schema.org/draft-07/schema#"}`, nil),
		"a schema elsewhere":  file(`{"$ref":"https://example.com/x.json"}`, nil),
		"a local file":        file(`{"$ref":"file:///etc/passwd"}`, nil),
		"a broken pattern":    file(`{"pattern":"("}`, nil),
		"a value of no type":  file(`{"type":"object","properties":{"phone":{"pattern":"^x$"}}}`, nil, map[string]any{"phone": secret}),
		"no date":             file(`{"format":"date-time"}`, nil, secret),
		"a long number":       file(`{}`, nil, map[string]any{"id": int64(math.MaxInt64)}),
		"a row of no columns": file(`{}`, []string{"a"}, secret),
		"no JSON":             file(`{}`, nil, func() {}),
	} {
		p := example()
		spoil(&p)
		var b bytes.Buffer
		_, err := Build(&b, p, keyset(1))
		if !errors.Is(err, ErrPackage) || b.Len() != 0 || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
}

func TestAViolationIsNamedByPlace(t *testing.T) {
	p := example()
	p.Files[0].Records[2].(map[string]any)["updated_at"] = "yesterday"
	_, err := Build(&bytes.Buffer{}, p, keyset(1))
	if err == nil || !strings.Contains(err.Error(), `profile: does not match its schema at "/2/updated_at": `) {
		t.Error(err)
	}
}

var errNoKey = errors.New("no key")

type mute struct{}

func (mute) Sign(string, string, any) (string, error) { return "", errNoKey }

func TestWithoutASignatureNothingIsWritten(t *testing.T) {
	var b bytes.Buffer
	if _, err := Build(&b, example(), mute{}); !errors.Is(err, errNoKey) || b.Len() != 0 {
		t.Error(err, b.Len())
	}
}

func TestTheFileIsCalledByRequestAndBeijingDate(t *testing.T) {
	p := example()
	p.GeneratedAt = time.Date(2026, 2, 28, 17, 0, 0, 0, time.UTC)
	if got := p.FileName(); got != "export-RQ-7K2M-9XQ4-20260301.zip" {
		t.Error(got)
	}
}

func BenchmarkBuildSmall(b *testing.B) {
	for b.Loop() {
		build(b, example(), keyset(1))
	}
}

func BenchmarkBuild5000Records(b *testing.B) {
	p := example()
	for len(p.Files[1].Records) < 5000 {
		p.Files[1].Records = append(p.Files[1].Records, p.Files[1].Records[0])
	}
	for b.Loop() {
		build(b, p, keyset(1))
	}
}
