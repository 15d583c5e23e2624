package notice_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

func TestLoadFillsPlaceholdersAndHashesTheBytesThatAreServed(t *testing.T) {
	tree := files{}.version("privacy", "1.0", day(0), false, "").but(files{
		"privacy/1.0.zh-CN.md": "# 告知\n\n{{operator}}，{{ operator }}，{{version}}，{{effective_date}}\n",
	})
	loaded := tree.mustLoad(t)
	if len(loaded) != 2 || loaded[0].Language != "zh-CN" || loaded[1].Language != "en" {
		t.Fatalf("loaded %d notices, want Chinese then English", len(loaded))
	}
	n := loaded[0]
	if want := "# 告知\n\n甲，甲，1.0，2026-01-01\n"; n.Markdown != want {
		t.Errorf("markdown is %q, want %q", n.Markdown, want)
	}
	if sum := sha256.Sum256([]byte(n.Markdown)); n.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("sha256 %s is not that of the rendered bytes", n.SHA256)
	}
	if n.Title != "告知" || loaded[1].Title != "Notice" || n.SummaryOfChanges != "摘要" || !n.EffectiveAt.Equal(day(0)) {
		t.Errorf("metadata went wrong: %+v", n)
	}
}

func TestEveryProblemOfATreeIsToldAtOnceWithItsFile(t *testing.T) {
	tree := files{}.version("privacy", "1.0", day(0), false, "").version("privacy", "2.0", day(1), false, "").
		version("children", "1.0", day(0), false, "typo: 1\n").version("Bad", "1.0", day(0), false, "").but(files{
		"notes.txt":             "x",
		"privacy/1.0.en.md":     "",
		"privacy/2.0.en.md":     "{{unknown}} {{unknown}} {{also_unknown}}\n",
		"privacy/one.zh-CN.md":  "x\n",
		"privacy/1.0.fr.md":     "x\n",
		"privacy/.DS_Store":     "ignored",
		"children/1.0.zh-CN.md": "\ufeffx\n",
	})
	_, err := tree.load()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"notes.txt: is not a folder",
		"Bad: is not a kind",
		"privacy/1.0.en.md: is missing",
		"privacy/2.0.en.md: {{unknown}} has no value",
		"privacy/2.0.en.md: {{also_unknown}} has no value",
		"privacy/one.zh-CN.md: is not one of",
		"privacy/1.0.fr.md: is not one of",
		"children/1.0.zh-CN.md: holds a byte order mark",
		"children/1.0.yaml: yaml:",
		"field typo not found",
	} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("want %q told once in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "DS_Store") {
		t.Error("a dot file was taken for a notice")
	}
}

func TestMetadataIsChecked(t *testing.T) {
	const texts = "title: {zh-CN: 题, en: T}\nsummary_of_changes: {zh-CN: 摘, en: S}\n"
	for name, c := range map[string]struct {
		yaml string
		want []string
	}{
		"nothing said": {"{}\n", []string{"effective_at must be", "material must be", "title is missing in zh-CN", "title is missing in en",
			"summary_of_changes is missing in zh-CN", "summary_of_changes is missing in en"}},
		"date without a time":      {"effective_at: 2026-01-01\nmaterial: false\n" + texts, []string{"effective_at must be"}},
		"time without an offset":   {"effective_at: 2026-01-01T00:00:00\nmaterial: false\n" + texts, []string{"effective_at must be"}},
		"parts of a second":        {"effective_at: 2026-01-01T00:00:00.5Z\nmaterial: false\n" + texts, []string{"effective_at must be"}},
		"a day that never was":     {"effective_at: 2026-02-30T00:00:00Z\nmaterial: false\n" + texts, []string{"effective_at must be"}},
		"affects but not material": {"effective_at: 2026-01-01T00:00:00Z\nmaterial: false\naffects: [ads.personalised]\n" + texts, []string{"not material"}},
		"odd purposes": {"effective_at: 2026-01-01T00:00:00Z\nmaterial: true\naffects: [a.b, a.b, 'A B']\n" + texts,
			[]string{"affects names a.b twice", "affects[2] is not a purpose code"}},
		"a third language": {"effective_at: 2026-01-01T00:00:00Z\nmaterial: false\ntitle: {zh-CN: 题, en: T, fr: T}\nsummary_of_changes: {zh-CN: 摘, en: S}\n",
			[]string{"unmarshal errors", "field fr not found"}},
		"two documents": {"effective_at: 2026-01-01T00:00:00Z\nmaterial: false\n" + texts + "---\n{}\n", []string{"more than one document"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := files{}.version("privacy", "1.0", day(0), false, "").but(files{"privacy/1.0.yaml": c.yaml}).load()
			wantProblems(t, err, c.want...)
		})
	}
}

func TestTextsHaveOneMeaningInBytes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {" \n", "is empty"},
		"invalid UTF-8":     {"a\xff\n", "not valid UTF-8"},
		"carriage return":   {"a\r\n", "carriage return"},
		"control byte":      {"a\x00\n", "control character"},
		"too large":         {strings.Repeat("字", 90_000), "larger than 256 KiB"},
		"upper-case braces": {"{{Operator}}\n", "braces"},
		"half a brace":      {"{{operator\n", "braces"},
		"closing braces":    {"operator}}\n", "braces"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := files{}.version("privacy", "1.0", day(0), false, "").but(files{"privacy/1.0.en.md": c.text}).load()
			wantProblems(t, err, "privacy/1.0.en.md: ")
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

func TestPlaceholderValuesCannotLeaveAHoleOrBreakOut(t *testing.T) {
	_, err := files{}.version("privacy", "1.0", day(0), false, "").loadWith(map[string]string{
		"operator": " ", "a": "x\ny", "b": "x|y", "c": "{{operator}}", "Bad": "x", "version": "9.9",
	})
	wantProblems(t, err, "{{operator}}: has an empty", "{{a}}: has a value with", "{{b}}: has a value with", "{{c}}: has a value with",
		"{{Bad}}: is not a name", "{{version}}: is filled from the version")
}

func TestATitleIsRenderedToo(t *testing.T) {
	tree := files{}.version("privacy", "1.0", day(0), false, "")
	meta := strings.Replace(tree["privacy/1.0.yaml"], "en: Notice", "en: 'Notice of {{operator}} {{version}} {{gap}}'", 1)
	_, err := tree.but(files{"privacy/1.0.yaml": meta}).load()
	wantProblems(t, err, "privacy/1.0.yaml: {{gap}} has no value")
}

func TestAHigherVersionTakesEffectLater(t *testing.T) {
	_, err := files{}.version("privacy", "1.9", day(5), false, "").version("privacy", "1.10", day(5), false, "").load()
	wantProblems(t, err, "privacy/1.10.yaml: takes effect no later than privacy/1.9.yaml")
	if _, err = (files{}).version("privacy", "1.9", day(5), false, "").version("privacy", "1.10", day(6), false, "").load(); err != nil {
		t.Error(err)
	}
}

func TestADigestNamesOneNotice(t *testing.T) {
	_, err := files{}.version("privacy", "1.0", day(0), false, "").version("privacy", "2.0", day(1), false, "").but(files{
		"privacy/1.0.en.md": "same\n", "privacy/2.0.en.md": "same\n",
	}).load()
	wantProblems(t, err, "privacy/2.0.en.md: has the same text as privacy/1.0.en.md")
}

func TestATreeWithoutNoticesIsAnError(t *testing.T) {
	_, err := files{}.load()
	wantProblems(t, err, "holds no notices")
}
