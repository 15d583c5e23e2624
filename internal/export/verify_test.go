package export

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/ledger"
)

func issued(t testing.TB) map[string][]byte {
	return unpack(t, build(t, full(t, keyset(1)), keyset(1)))
}

// tampered checks a package with one change, which replaces contents and leaves the bytes of issued alone.
func tampered(t *testing.T, issued map[string][]byte, change func(files map[string][]byte)) Report {
	t.Helper()
	files := maps.Clone(issued)
	change(files)
	return check(t, repack(t, files), keyset(1).Verifier())
}

func TestEveryChangedFileIsNamed(t *testing.T) {
	whole := issued(t)
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		for _, at := range []float64{0, 0.5, 0.999} {
			r := tampered(t, whole, func(files map[string][]byte) {
				files[name] = bytes.Clone(files[name])
				files[name][int(at*float64(len(files[name])))] ^= 1
			})
			want := map[string]string{pathManifest: "signature " + pathSignature, pathSignature: "signature " + pathSignature}[name]
			if want == "" {
				want = "changed " + name
			}
			if name == pathChecksums {
				if r.Sound() {
					t.Errorf("%s at %v: not noticed", name, at)
				}
				continue
			}
			if !slices.Contains(found(r), want) || !slices.Contains(found(r), "checksum "+name) {
				t.Errorf("%s at %v: %v", name, at, found(r))
			}
		}
	}
}

func TestABitOfThePackedBytesIsNamedToo(t *testing.T) {
	data := build(t, full(t, keyset(1)), keyset(1))
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		broken := bytes.Clone(data)
		broken[at+int64(f.CompressedSize64)/2] ^= 0x10
		if got := found(check(t, broken, keyset(1).Verifier())); !slices.Contains(got, "damaged "+f.Name) {
			t.Errorf("%s: %v", f.Name, got)
		}
	}
}

func TestEveryMissingFileIsNamed(t *testing.T) {
	whole := issued(t)
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		r := tampered(t, whole, func(files map[string][]byte) { delete(files, name) })
		if !slices.Contains(found(r), "missing "+name) {
			t.Errorf("%s: %v", name, found(r))
		}
	}
}

func TestAnExtraFileIsNamed(t *testing.T) {
	whole := issued(t)
	for _, name := range []string{"data/more.json", "evil.exe", "../up", "DATA/PROFILE.JSON"} {
		r := tampered(t, whole, func(files map[string][]byte) { files[name] = []byte("x") })
		if got := found(r); !slices.Contains(got, "extra "+name) || !slices.Contains(got, "checksum "+name) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAFileThatIsThereTwiceIsNamed(t *testing.T) {
	var b bytes.Buffer
	files := unpack(t, build(t, example(), keyset(1)))
	z := zip.NewWriter(&b)
	for _, name := range append(slices.Sorted(maps.Keys(files)), "data/profile.json") {
		w, _ := z.Create(name)
		_, _ = w.Write(files[name])
	}
	_ = z.Close()
	if got := found(check(t, b.Bytes(), keyset(1).Verifier())); !slices.Equal(got, []string{"twice data/profile.json"}) {
		t.Error(got)
	}
}

func TestAnotherKeyProvesNothing(t *testing.T) {
	stranger := keyset(2)
	for name, data := range map[string][]byte{
		"built by a stranger":   build(t, example(), stranger),
		"changed and re-signed": repack(t, resigned(t, unpack(t, build(t, example(), keyset(1))), stranger)),
	} {
		if got := found(check(t, data, keyset(1).Verifier())); !slices.Equal(got, []string{"signature " + pathSignature}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A key signs receipts, packages and more: what it signed for another reason is no signature here.
func TestASignatureOfAnotherTypeOrManifestIsRefused(t *testing.T) {
	k := keyset(1)
	whole := issued(t)
	s := seal{snapshot.Unix(), never, FormatVersion, digest(whole[pathManifest])}
	other := s
	other.Manifest = digest([]byte("{}"))
	for name, sign := range map[string]func() (string, error){
		"another type":     func() (string, error) { return k.Sign(ledger.UseReceipt, ledger.TypReceipt, s) },
		"another use":      func() (string, error) { return k.Sign(ledger.UseToken, TypPackage, s) },
		"another manifest": func() (string, error) { return k.Sign(ledger.UseReceipt, TypPackage, other) },
		"nothing":          func() (string, error) { return "", nil },
	} {
		jws, err := sign()
		if err != nil {
			t.Fatal(err)
		}
		r := tampered(t, whole, func(f map[string][]byte) { f[pathSignature] = []byte(jws + "\n") })
		if !slices.Contains(found(r), "signature "+pathSignature) {
			t.Errorf("%s: %v", name, found(r))
		}
	}
}

func TestAPackageStaysVerifiableAfterTheKeyWasRotated(t *testing.T) {
	k := keyset(1)
	later, err := k.Rotate(seeded(3), snapshot.Add(time.Hour), ledger.UseReceipt)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ledger.ParseJWKS(later.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	if r := check(t, build(t, full(t, k), k), keys); !r.Sound() {
		t.Error(found(r))
	}
}

// People unpack and pack again: other order, other compression, folders as entries.
func TestTheSameFilesPackedByAnotherToolAreSound(t *testing.T) {
	r := tampered(t, issued(t), func(files map[string][]byte) { files["data/"] = nil })
	if !r.Sound() {
		t.Error(found(r))
	}
}

// What the operator signed may still be wrong: then it is the operator's mistake, and told.
func TestSignedDataThatDoesNotMatchIsNamed(t *testing.T) {
	const profile = "data/profile.json"
	whole := issued(t)
	for name, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"a field that the schema does not know": {func(f map[string][]byte) { f[profile] = replace(f[profile], `"source"`, `"sauce"`) }, "schema " + profile},
		"no JSON":                               {func(f map[string][]byte) { f[profile] = []byte("[") }, "form " + profile},
		"a record less":                         {func(f map[string][]byte) { f[profile] = []byte("[]") }, "records " + profile},
		"a schema that is none":                 {func(f map[string][]byte) { f[schemaPath("profile")] = []byte("{}") }, "form " + schemaPath("profile")},
		"a schema that asks outside": {func(f map[string][]byte) {
			f[schemaPath("profile")] = []byte(`{"$schema":"` + draft + `","$ref":"http://127.0.0.1/"}`)
		}, "form " + schemaPath("profile")},
		"no receipt": {func(f map[string][]byte) { f[receiptFolder+receiptID+".json"] = []byte(`{"jws":"a.b.c"}`) }, "receipt " + receiptFolder + receiptID + ".json"},
	} {
		files := maps.Clone(whole)
		c.change(files)
		r := check(t, repack(t, resigned(t, files, keyset(1))), keyset(1).Verifier())
		if !slices.Contains(found(r), c.want) || slices.Contains(found(r), "signature "+pathSignature) {
			t.Errorf("%s: %v", name, found(r))
		}
	}
}

func TestAReceiptUnderAnotherNameIsRefused(t *testing.T) {
	p := example()
	p.Receipts["ent_another-1"] = signedReceipt(t, keyset(1))
	if got := found(check(t, build(t, p, keyset(1)), keyset(1).Verifier())); !slices.Equal(got, []string{"receipt data/receipts/ent_another-1.json"}) {
		t.Error(got)
	}
}

// A schema can be made to run for ever; only the operator's are run.
func TestSchemasOfAStrangerAreNotRun(t *testing.T) {
	deep := `{"$schema":"` + draft + `","$ref":"#/$defs/a0","$defs":{`
	for i := range 60 {
		next := `"#/$defs/a` + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)) + `"`
		name := "a" + string(rune('0'+i/10)) + string(rune('0'+i%10))
		if i == 0 {
			name = "a0"
		}
		deep += `"` + name + `":{"allOf":[{"$ref":` + next + `},{"$ref":` + next + `}]},`
	}
	deep += `"a60":{"type":"array"}}}`
	files := unpack(t, build(t, example(), keyset(1)))
	files[schemaPath("profile")] = []byte(deep)
	r := check(t, repack(t, resigned(t, files, keyset(2))), keyset(1).Verifier()) // 2^60 steps if it were run
	if !slices.Equal(found(r), []string{"signature " + pathSignature}) {
		t.Error(found(r))
	}
}

func TestAManifestOfAnotherFormIsRefused(t *testing.T) {
	whole := issued(t)
	good := whole[pathManifest]
	for name, manifest := range map[string][]byte{
		"empty": {}, "no JSON": []byte("{"), "a list": []byte("[]"), "another version": replace(good, `"1.0"`, `"9.0"`),
		"an unknown member": replace(good, `"counts"`, `"extra": 1, "counts"`), "a member twice": replace(good, `"counts"`, `"language": "en", "counts"`),
		"a path upwards": replace(good, `"data/profile.json"`, `"../../profile.json"`), "a time elsewhere": replace(good, `08:30:15Z`, `08:30:15+08:00`),
		"a huge count": replace(good, `"orders": 2`, `"orders": 1e400`),
	} {
		r := tampered(t, whole, func(f map[string][]byte) { f[pathManifest] = manifest })
		got := found(r)
		if !slices.Contains(got, "signature "+pathSignature) || !slices.Contains(got, "form "+pathManifest) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAManifestThatListsItselfOrAFileTwiceIsRefused(t *testing.T) {
	for _, listed := range []string{pathManifest, pathChecksums, "index.html"} {
		files := unpack(t, build(t, example(), keyset(1)))
		var m Manifest
		if err := json.Unmarshal(files[pathManifest], &m); err != nil {
			t.Fatal(err)
		}
		again := m.Files[0]
		again.Path = listed
		m.Files = append(m.Files, again)
		files[pathManifest], _ = encode(m)
		if got := found(check(t, repack(t, files), keyset(1).Verifier())); !slices.Contains(got, "form "+pathManifest) {
			t.Errorf("%s: %v", listed, got)
		}
	}
}

func TestAReportIsBounded(t *testing.T) {
	r := tampered(t, issued(t), func(files map[string][]byte) {
		for i := range 3000 {
			files["x/"+strings.Repeat("y", i%40)+string(rune('a'+i%26))+string(rune(0x4e00+i))] = nil
		}
	})
	if len(r.Problems) != maxProblems || r.More == 0 {
		t.Error(len(r.Problems), r.More)
	}
}

func replace(b []byte, old, with string) []byte {
	return bytes.Replace(b, []byte(old), []byte(with), 1)
}
