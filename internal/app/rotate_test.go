package app_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/wechat"
)

// named logs a person in and gives the account a nickname.
func named(p *apptest.Program, person string) (token string) {
	token = p.Login(person).Str("access_token")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "昵称" + person}))
	return token
}

// nickname is what the profile of a token's holder says.
func nickname(p *apptest.Program, token string) string {
	return p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Str("fields", "nickname", "value")
}

// keks counts the stored data keys by the KEK that wrapped each.
func keks(t *testing.T, e store.Engine) map[string]int {
	t.Helper()
	subjects, err := store.Open[struct {
		Key []byte `bson:"key"`
	}](t.Context(), e, "subjects")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	page := store.Range{Limit: store.MaxLimit}
	for {
		found, next, err := subjects.Find(t.Context(), store.ByID, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			count[hex.EncodeToString(f.Value.Key[1:5])]++
		}
		if page.After = next; next == "" {
			return count
		}
	}
}

// rotated rotates the key files and returns the name of the new KEK.
func rotated(t *testing.T, c config.Config) string {
	t.Helper()
	if err := app.RotateKeys(c.Vault, app.Clock()); err != nil {
		t.Fatal(err)
	}
	keys, err := app.LoadVaultKeys(c.Vault.Keys, false, app.Clock())
	if err != nil {
		t.Fatal(err)
	}
	return keys.Primary()
}

func once(t *testing.T, p *apptest.Program, job string) int {
	t.Helper()
	n, err := p.App.Jobs.RunOnce(t.Context(), job)
	if err != nil {
		t.Fatalf("%s: %v", job, err)
	}
	return n
}

// `zhiqing keys rotate` takes effect in a running server: it reads the file again, brings every data key under the new KEK,
// and what people have stored stays readable.
func TestARotatedKeyFileNeedsNoRestart(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		var engine store.Engine
		p := apptest.Start(t, storeURL, func(o *app.Options) {
			o.Engine = func(e store.Engine) store.Engine { engine = e; return e }
		})
		tokens := map[string]string{}
		for _, person := range []string{"mum", "dad", "aunt"} {
			tokens[person] = named(p, person)
		}
		old := keks(t, engine)
		if once(t, p, "keys") != 0 || len(old) != 1 {
			t.Fatalf("before the rotation: %v", old)
		}
		kek := rotated(t, p.Config)
		if once(t, p, "keys") > 1 { // 0 when the loop was faster
			t.Error("read more than once")
		}
		late := named(p, "late") // an account made after the file was read
		once(t, p, "rewrap")
		if now := keks(t, engine); len(now) != 1 || now[kek] != 4 {
			t.Errorf("wrapped by %v; the new KEK is %s", now, kek)
		}
		if n := once(t, p, "rewrap"); n != 0 {
			t.Errorf("%d keys were wrapped once more", n)
		}
		p.Clock.Advance(5 * time.Minute) // longer than an unwrapped key stays in memory
		tokens["late"] = late
		for person, token := range tokens {
			if got := nickname(p, token); got != "昵称"+person {
				t.Errorf("%s: %q", person, got)
			}
		}
	})
}

// Something else in the file's place is an error that the operator reads, and the server goes on with the keys it has.
func TestAWrongKeyFileIsNotTakenUp(t *testing.T) {
	p := apptest.Start(t, "")
	token := named(p, "mum")
	stranger := keyed(t)
	good := read(t, p.Config.Vault.Keys)
	for name, bad := range map[string][]byte{"cut off": good[:len(good)/2], "of another store": read(t, stranger.Vault.Keys), "empty": nil} {
		write(t, p.Config.Vault.Keys, bad)
		if _, err := p.App.Jobs.RunOnce(t.Context(), "keys"); err == nil {
			t.Errorf("%s: taken up", name)
		}
		if _, err := p.App.Jobs.RunOnce(t.Context(), "rewrap"); err == nil {
			t.Errorf("%s: keys are wrapped all the same", name)
		}
		p.Clock.Advance(3 * time.Minute)
		if got := nickname(p, token); got != "昵称mum" {
			t.Errorf("%s: %q", name, got)
		}
	}
	write(t, p.Config.Vault.Keys, good)
	if once(t, p, "keys") != 0 {
		t.Error("the same keys again are a change")
	}
}

// Whichever write of a re-wrapping fails, before or after its effect, the next run goes on where it was.
func TestAFailedWriteDelaysRewrappingAndLosesNothing(t *testing.T) {
	for n := 1; n <= 5; n++ { // the lease, the key check's note, three keys, …
		for name, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
			var engine *flaky.Engine
			c := apptest.Configure(t.TempDir(), "")
			a, err := app.Open(t.Context(), app.Options{Config: c, Engine: func(e store.Engine) store.Engine { engine = flaky.Wrap(e); return engine }})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				if _, err := a.Subjects.ForIdentity(t.Context(), wechat.Identity{OpenID: wechat.Secret(fmt.Sprint("openid", i))}); err != nil {
					t.Fatal(err)
				}
			}
			kek := rotated(t, c)
			fail(engine, n)
			_, _ = a.Jobs.RunOnce(t.Context(), "rewrap")
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			// as after a crash: another process
			if a, err = app.Open(t.Context(), app.Options{Config: c}); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Jobs.RunOnce(t.Context(), "rewrap"); err != nil {
				t.Errorf("write %d failed %s its effect: %v", n, name, err)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			withStore(t, c, func(e store.Engine) {
				if now := keks(t, e); len(now) != 1 || now[kek] != 3 {
					t.Errorf("write %d failed %s its effect: wrapped by %v; the new KEK is %s", n, name, now, kek)
				}
			})
		}
	}
}

// kill -9 while a server re-wraps, three times; the next start goes on and comes to the end.
func TestRewrappingSurvivesKillNine(t *testing.T) {
	dir := t.TempDir()
	p, kill := startChild(t, dir)
	tokens := map[string]string{}
	for i := range 40 {
		person := fmt.Sprintf("p%d", i)
		tokens[person] = named(p, person)
	}
	kill()
	for range 3 {
		rotated(t, p.Config)
		_, kill := startChild(t, dir) // it begins to re-wrap while it says that it is ready
		kill()
	}
	kek := rotated(t, p.Config)
	again := apptest.Start(t, "", func(o *app.Options) { o.Config = apptest.Configure(dir, "") })
	once(t, again, "rewrap")
	for person, token := range tokens {
		if got := nickname(again, token); got != "昵称"+person {
			t.Errorf("%s: %q", person, got)
		}
	}
	again.Stop()
	withStore(t, p.Config, func(e store.Engine) {
		if now := keks(t, e); len(now) != 1 || now[kek] != len(tokens) {
			t.Errorf("wrapped by %v; the newest KEK is %s", now, kek)
		}
	})
}
