package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/vault"
)

// keyed is a configuration whose store has been opened with its key files once.
func keyed(t *testing.T) config.Config {
	t.Helper()
	c := apptest.Configure(t.TempDir(), "")
	mustOpenKeys(t, c)
	return c
}

// openKeys opens the store and its keys, and lets go of them.
func openKeys(t *testing.T, c config.Config) (vault.Keys, error) {
	t.Helper()
	var keys vault.Keys
	var why error
	withStore(t, c, func(e store.Engine) { _, keys, why = app.OpenKeys(t.Context(), e, c, app.Clock()) })
	return keys, why
}

func withStore(t *testing.T, c config.Config, use func(store.Engine)) {
	t.Helper()
	e, err := app.OpenStore(t.Context(), c.Store)
	if err != nil {
		t.Fatal(err)
	}
	use(e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustOpenKeys(t *testing.T, c config.Config) vault.Keys {
	t.Helper()
	keys, err := openKeys(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// everything is the content of every file beside the store.
func everything(t *testing.T, c config.Config) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	dir := filepath.Dir(c.Vault.Keys)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func sameFiles(t *testing.T, before, after map[string][]byte) {
	t.Helper()
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s was made", name)
		}
	}
	for name, data := range before {
		if now, ok := after[name]; !ok || !bytes.Equal(now, data) {
			t.Errorf("%s was touched", name)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestANewStoreGetsKeyFilesThatOnlyTheirOwnerReads(t *testing.T) {
	c := keyed(t)
	for _, path := range []string{c.Vault.Keyset, c.Vault.Keys} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
	if len(everything(t, c)) < 3 {
		t.Errorf("files: %v", everything(t, c))
	}
	for name := range everything(t, c) {
		if strings.HasPrefix(name, ".keyset-") {
			t.Errorf("%s is left behind", name)
		}
	}
}

// A lost or wrong key file, of either kind, in either mode, stops the start. The store and the other file stay as they are,
// nothing is made anew, and with the right file back everything goes on.
func TestALostOrWrongKeyFileStopsTheStartAndTouchesNothing(t *testing.T) {
	for setting, pathOf := range map[string]func(config.Config) string{
		"vault.keyset": func(c config.Config) string { return c.Vault.Keyset },
		"vault.keys":   func(c config.Config) string { return c.Vault.Keys },
	} {
		c, stranger := keyed(t), keyed(t)
		path := pathOf(c)
		good := read(t, path)
		for name, row := range map[string]struct {
			spoil func()
			want  string
		}{
			"lost": {func() {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}, "put the lost one back"},
			"of another store": {func() { write(t, path, read(t, pathOf(stranger))) }, "is not the key file this store was made with; put the right one back, nothing has been changed"},
			"cut off":          {func() { write(t, path, good[:len(good)/2]) }, "not of the expected form"},
			"empty":            {func() { write(t, path, nil) }, "not of the expected form"},
		} {
			row.spoil()
			before := everything(t, c)
			_, err := openKeys(t, c)
			if err == nil || !strings.Contains(err.Error(), setting+": ") || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s %s: %v", setting, name, err)
			}
			sameFiles(t, before, everything(t, c))
			write(t, path, good)
			mustOpenKeys(t, c)
		}
	}
}

func TestProductionIsToldToPutALostKeyFileBackAndNotToMakeOne(t *testing.T) {
	c := keyed(t)
	c.Mode = config.Production
	if err := os.Remove(c.Vault.Keys); err != nil {
		t.Fatal(err)
	}
	write(t, c.Vault.Keyset, bytes.Replace(read(t, c.Vault.Keyset), []byte("development"), []byte("operator"), 1))
	if _, err := openKeys(t, c); err == nil || !strings.Contains(err.Error(), "put the lost one back") || strings.Contains(err.Error(), "keys init") {
		t.Error(err)
	}
}

func TestProductionMakesNoKeysAndRefusesThoseOfDevelopment(t *testing.T) {
	c := apptest.Configure(t.TempDir(), "")
	c.Mode = config.Production
	if _, err := openKeys(t, c); err == nil || !strings.Contains(err.Error(), "zhiqing keys init") || !strings.Contains(err.Error(), c.Vault.Keys) {
		t.Error(err)
	}
	for _, path := range []string{c.Vault.Keyset, c.Vault.Keys} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s was made", path)
		}
	}
	if _, err := app.LoadVaultKeys(c.Vault.Keys, false, app.Clock()); err != nil {
		t.Fatal(err)
	}
	if _, err := app.LoadVaultKeys(c.Vault.Keys, true, app.Clock()); err == nil || !strings.Contains(err.Error(), "development") {
		t.Error(err)
	}
}

func TestAVaultKeyFileThatOthersCanReadIsRefused(t *testing.T) {
	c := keyed(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(c.Vault.Keys, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := openKeys(t, c); err == nil || !strings.Contains(err.Error(), "chmod 600 "+c.Vault.Keys) {
			t.Errorf("%o: %v", mode, err)
		}
	}
}

// Rotated files are the store's own; a copy from before the rotation is not, once the new key was in use.
func TestARotatedFileIsKnownAndAnOlderCopyIsNot(t *testing.T) {
	c := keyed(t)
	older := read(t, c.Vault.Keys)
	first := mustOpenKeys(t, c)
	if err := app.RotateKeys(c.Vault, app.Clock().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	next := mustOpenKeys(t, c)
	if next.KEKs() != 2 || !next.Has(first.Primary()) || next.Primary() == first.Primary() || next.Canary() != first.Canary() {
		t.Errorf("%d KEKs, primary %s after %s", next.KEKs(), next.Primary(), first.Primary())
	}
	newest := read(t, c.Vault.Keys)
	write(t, c.Vault.Keys, older)
	if _, err := openKeys(t, c); err == nil || !strings.Contains(err.Error(), "is an older copy: it lacks the key "+next.Primary()) {
		t.Error(err)
	}
	write(t, c.Vault.Keys, newest)
	mustOpenKeys(t, c)
}

// When one of the two files cannot be read, rotating changes neither.
func TestRotatingReadsBothFilesBeforeItWritesOne(t *testing.T) {
	c := keyed(t)
	write(t, c.Vault.Keys, []byte("{}"))
	before := everything(t, c)
	if err := app.RotateKeys(c.Vault, app.Clock()); err == nil || !strings.Contains(err.Error(), "vault.keys: "+c.Vault.Keys) {
		t.Error(err)
	}
	sameFiles(t, before, everything(t, c))
}

// A store of a version without checks takes its key files as they are.
func TestAStoreThatHasSeenNoKeysTakesTheOnesItIsGiven(t *testing.T) {
	c := apptest.Configure(t.TempDir(), "")
	if _, err := app.CreateKeys(c.Vault.Keyset, "operator", app.Clock()); err != nil {
		t.Fatal(err)
	}
	before := read(t, c.Vault.Keyset)
	mustOpenKeys(t, c)
	if !bytes.Equal(before, read(t, c.Vault.Keyset)) {
		t.Error("the file that was there has changed")
	}
}

// Two writes note the files. Whichever fails, before or after its effect, the next start finds them and goes on.
func TestAFailedWriteOfTheChecksIsHealedByTheNextStart(t *testing.T) {
	for n := 1; n <= 2; n++ {
		for name, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
			c := apptest.Configure(t.TempDir(), "")
			withStore(t, c, func(e store.Engine) {
				failing := flaky.Wrap(e)
				fail(failing, n)
				if _, _, err := app.OpenKeys(t.Context(), failing, c, app.Clock()); err == nil {
					t.Errorf("write %d failed %s its effect, and nobody says so", n, name)
				}
			})
			mustOpenKeys(t, c)
			before := everything(t, c)
			if err := os.Remove(c.Vault.Keys); err != nil {
				t.Fatal(err)
			}
			if _, err := openKeys(t, c); err == nil || !strings.Contains(err.Error(), "put the lost one back") {
				t.Errorf("write %d, %s: the store does not know its files: %v", n, name, err)
			}
			write(t, c.Vault.Keys, before["vault-keys.json"])
		}
	}
}
