package export

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/ledger"
)

// FormatVersion is the version of the layout and of the schemas.
const FormatVersion = "1.0"

// TypPackage is the `typ` header of manifest.sig.
const TypPackage = "zhiqing-export+jwt"

// The files that the manifest cannot list.
const (
	pathManifest  = "manifest.json"
	pathSignature = "manifest.sig"
	pathChecksums = "checksums.sha256"
)

// Manifest is manifest.json under the names of requirements.md E2. It lists every file but itself, its signature and the
// checksums, so what is signed is all of the package.
type Manifest struct {
	FormatVersion    string         `json:"formatVersion"`
	RequestNo        string         `json:"requestNo"`
	SubjectPseudonym string         `json:"subjectPseudonym"`
	Controller       Controller     `json:"controller"`
	GeneratedAt      time.Time      `json:"generatedAt"`
	Timezone         string         `json:"timezone"` // of the pages; the data is in UTC
	NoticeVersion    string         `json:"noticeVersion"`
	Files            []ManifestFile `json:"files"`  // by path
	Counts           map[string]int `json:"counts"` // records of each category
	ExpiresAt        time.Time      `json:"expiresAt"`
	Language         string         `json:"language"`
}

// ManifestFile is one file of the package. Schema is empty for what is not JSON data; Records is then 0, but for CSV.
type ManifestFile struct {
	Path       string   `json:"path"`
	MediaType  string   `json:"mediaType"`
	Schema     string   `json:"schema"` // path of the JSON Schema
	Records    int      `json:"records"`
	Bytes      int      `json:"bytes"`
	SHA256     string   `json:"sha256"`
	Purposes   []string `json:"purposes"`
	LegalBasis string   `json:"legalBasis"`
}

// manifest lists parts, which are sorted by path.
func (p Package) manifest(parts []part) Manifest {
	m := Manifest{
		FormatVersion: FormatVersion, RequestNo: p.RequestNo, SubjectPseudonym: p.Subject, Controller: p.Controller,
		GeneratedAt: p.GeneratedAt.UTC(), Timezone: "Asia/Shanghai", NoticeVersion: p.NoticeVersion,
		Files: []ManifestFile{}, Counts: map[string]int{}, ExpiresAt: p.ExpiresAt.UTC(), Language: p.Language,
	}
	for _, f := range p.Files {
		m.Counts[f.Name] = len(f.Records)
	}
	for _, q := range parts {
		q.Bytes, q.SHA256 = len(q.data), digest(q.data)
		q.Purposes = append([]string{}, q.Purposes...) // an empty list, never null
		m.Files = append(m.Files, q.ManifestFile)
	}
	return m
}

// seal is what manifest.sig signs. A package proves what was handed over on a day, so its signature does not end: exp is
// the date that RFC 5280 section 4.1.2.5 uses for that.
type seal struct {
	Issued   int64  `json:"iat"`
	Ends     int64  `json:"exp"`
	Format   string `json:"format_version"`
	Manifest string `json:"manifest_sha256"`
}

// never is 9999-12-31T23:59:59Z.
const never = 253402300799

// sign returns manifest.sig: a compact JWS by the receipt key over the digest of the manifest's bytes, and a line end.
func (p Package) sign(s Signer, manifest []byte) ([]byte, error) {
	jws, err := s.Sign(ledger.UseReceipt, TypPackage, seal{p.GeneratedAt.Unix(), never, FormatVersion, digest(manifest)})
	return []byte(jws + "\n"), err
}

// signed reports whether signature is by one of keys over exactly this manifest.
func signed(signature, manifest []byte, keys *ledger.Verifier) bool {
	var s seal
	jws := strings.TrimSuffix(string(signature), "\n")
	err := keys.Verify(ledger.UseReceipt, TypPackage, jws, time.Unix(0, 0), &s) // it does not end, so any time will do
	return err == nil && s.Format == FormatVersion && s.Manifest == digest(manifest)
}

// checksums writes the format of sha256sum, by path.
func checksums(sums map[string]string) []byte {
	paths := make([]string, 0, len(sums))
	for path := range sums {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var b strings.Builder
	for _, path := range paths {
		b.WriteString(sums[path] + "  " + path + "\n")
	}
	return []byte(b.String())
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
