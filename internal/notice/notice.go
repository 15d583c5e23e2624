package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhiqing/internal/fault"
)

// The languages in which every version is published. Chinese is the one that counts, and the one fallen back to.
const (
	Chinese = "zh-CN"
	English = "en"
)

var languages = []string{Chinese, English}

// ErrUnknown answers a question about a kind, version or digest that was never published.
var ErrUnknown = fault.Define(fault.Missing, "notice.unknown", "没有找到这份告知文本。", "There is no such notice.")

// Notice is one version of one text in one language, exactly as people get it. Values are shared: do not change Affects.
type Notice struct {
	Kind             string // `privacy`, `children`, …: the folder's name
	Version          string // `1.0`: major.minor
	Language         string // Chinese or English
	Title            string
	Markdown         string    // CommonMark, placeholders filled in
	SHA256           string    // lower-case hex over Markdown's bytes
	EffectiveAt      time.Time // UTC, whole seconds; in force from this moment on
	Material         bool      // a change of purpose, method or kind of data, so consents must be asked for again (PIPL 14(2))
	Affects          []string  // the purposes that a material version touches; none named = all of this kind
	SummaryOfChanges string    // what is different from the version before, told to people (PIPL 17(2))
}

// touches reports whether consents to purpose end when this version takes effect.
func (n *Notice) touches(purpose string) bool {
	return n.Material && (len(n.Affects) == 0 || slices.Contains(n.Affects, purpose))
}

func (n *Notice) id() string { return n.Kind + "/" + n.Version + "/" + n.Language }

// textFile and metaFile name the files that a notice is made of, for messages to the operator.
func (n *Notice) textFile() string { return n.Kind + "/" + n.Version + "." + n.Language + ".md" }
func (n *Notice) metaFile() string { return n.Kind + "/" + n.Version + ".yaml" }

func digest(markdown string) string {
	sum := sha256.Sum256([]byte(markdown))
	return hex.EncodeToString(sum[:])
}

var (
	kindForm    = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)
	versionForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$`)
	purposeForm = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,79}$`)
)

// compareVersions orders well-formed versions by number: 1.9 comes before 1.10.
func compareVersions(a, b string) int {
	am, an := splitVersion(a)
	bm, bn := splitVersion(b)
	if am != bm {
		return am - bm
	}
	return an - bn
}

func splitVersion(v string) (major, minor int) {
	left, right, _ := strings.Cut(v, ".")
	major, _ = strconv.Atoi(left)
	minor, _ = strconv.Atoi(right)
	return major, minor
}

// compare orders notices by kind, then version, then language with Chinese first.
func compare(a, b Notice) int {
	if c := strings.Compare(a.Kind, b.Kind); c != 0 {
		return c
	}
	if c := compareVersions(a.Version, b.Version); c != 0 {
		return c
	}
	return slices.Index(languages, a.Language) - slices.Index(languages, b.Language)
}
