package app_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
)

// policyFiles is a copy of the built-in policy in which old has become changed in each named file.
func policyFiles(t *testing.T, changes ...[3]string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(policy.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(policy.FS, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		file, old, changed := files[c[0]], c[1], c[2]
		if !bytes.Contains(file.Data, []byte(old)) {
			t.Fatalf("%s no longer says %q", c[0], old)
		}
		file.Data = bytes.Replace(file.Data, []byte(old), []byte(changed), 1)
	}
	return files
}

// A published notice is what people agreed to. Changing one letter of it stops the start and names the file; the text
// that was published stays readable.
func TestAPublishedNoticeCannotBeRewritten(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		published := p.Want(200, call{Method: "GET", Path: "/v1/notices/privacy"})
		english := p.Want(200, call{Method: "GET", Path: "/v1/notices/privacy", Header: map[string]string{"Accept-Language": "en"}})
		p.Stop()
		for sum, change := range map[string][3]string{
			published.Str("sha256"): {"notices/privacy/1.0.zh-CN.md", "。", "！"},
			english.Str("sha256"):   {"notices/privacy/1.0.yaml", "en: Privacy notice", "en: Private notice"},
		} {
			a, err := app.Open(t.Context(), app.Options{Config: p.Config, Policy: policyFiles(t, change)})
			if err == nil {
				_ = a.Close()
				t.Fatalf("%s was rewritten", change[0])
			}
			for _, words := range []string{strings.TrimPrefix(change[0], "notices/"), "published", sum, "new version"} {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q does not say %q", err, words)
				}
			}
		}
		after := again(t, p.Config).Want(200, call{Method: "GET", Path: "/v1/notices/privacy"})
		if !bytes.Equal(published.Raw, after.Raw) {
			t.Errorf("before\n%s\nafter\n%s", published.Raw, after.Raw)
		}
	})
}

// Whoever edits the policy hears of every mistake at once, with file and line, and nothing is published meanwhile.
func TestEveryMistakeOfThePolicyIsToldAtOnce(t *testing.T) {
	c := apptest.Configure(t.TempDir(), "")
	broken := policyFiles(t,
		[3]string{"purposes.yaml", "legal_basis: consent\n", "legal_basis: legitimate_interest\n"},
		[3]string{"purposes.yaml", "data_items: {required: [usage, analytics_id]}", "data_items: {required: [usage, shoe_size]}"},
		[3]string{"purposes.yaml", "recipients: [sample_ads]", "recipients: [nobody_known]"},
		[3]string{"recipients.yaml", "role: platform", "role: friend"},
		[3]string{"notices/privacy/1.0.yaml", "material: false", "materiel: false"},
	)
	a, err := app.Open(t.Context(), app.Options{Config: c, Policy: broken})
	if err == nil {
		_ = a.Close()
		t.Fatal("it starts")
	}
	for _, words := range []string{"purposes.yaml:", "legal_basis", "shoe_size", "nobody_known", "recipients.yaml:", "role must be", "1.0.yaml", "materiel"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not told:\n%v", words, err)
		}
	}
	again(t, c).Want(200, call{Method: "GET", Path: "/readyz"}) // nothing of it was kept
}
