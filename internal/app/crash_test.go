package app_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
)

// childVariable turns this test binary into the server that the parent will kill.
const childVariable = "ZHIQING_TEST_CHILD_DIR"

// TestServerForKilling is the child's side of TestKillNineLosesNothingAcknowledged: the real program, until it is killed.
func TestServerForKilling(t *testing.T) {
	dir := os.Getenv(childVariable)
	if dir == "" {
		return // an ordinary run: nothing to play
	}
	a, err := app.Open(t.Context(), app.Options{Config: apptest.Configure(dir, "")})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Run(context.Background(), func(at app.Addresses) { fmt.Printf("READY %s %s\n", at.API, at.Sandbox) })
	t.Fatalf("ended by itself: %v", err)
}

// startChild runs the program in a process of its own.
func startChild(t *testing.T, dir string) (p *apptest.Program, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerForKilling$", "-test.v")
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill() // SIGKILL: no goodbye
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	p = &apptest.Program{T: t, Config: apptest.Configure(dir, "")}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if at, ok := strings.CutPrefix(lines.Text(), "READY "); ok {
			p.API, p.Sandbox, _ = strings.Cut(at, " ")
			return p, kill
		}
	}
	t.Fatal("the child did not start")
	return nil, nil
}

func TestKillNineLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]string{} // entry id → hash
	var tokens []string
	for round := range 3 {
		p, kill := startChild(t, dir)
		version := current(p, "privacy")
		tokens = tokens[:0]
		for i := range 8 {
			tokens = append(tokens, p.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat",
				Body: map[string]any{"code": fmt.Sprintf("person%d-r%d", i, round)}}).Str("access_token"))
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		enough := make(chan struct{})
		var once sync.Once
		for _, token := range tokens {
			all.Go(func() {
				for {
					a, err := p.Try(decide(token, decision("analytics.usage", "grant", version)))
					if err != nil || a.Status != 201 {
						return // killed
					}
					mu.Lock()
					acknowledged[a.Str("entries", 0, "entry_id")] = a.Str("entries", 0, "hash")
					if len(acknowledged) >= 150*(round+1) {
						once.Do(func() { close(enough) })
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(time.Minute):
			t.Error("too slow")
		}
		kill()
		all.Wait()
	}
	p, kill := startChild(t, dir)
	found := map[string]string{}
	for i := range 8 {
		token := p.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": fmt.Sprintf("person%d-last", i)}}).Str("access_token")
		for cursor := ""; ; {
			page := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history?limit=100&cursor=" + cursor, Token: token})
			for _, item := range page.Get("items").([]any) {
				m := item.(map[string]any)
				found[m["entry_id"].(string)] = m["hash"].(string)
			}
			if cursor = page.Str("next_cursor"); cursor == "" {
				break
			}
		}
	}
	kill()
	for id, hash := range acknowledged {
		if found[id] != hash {
			t.Fatalf("%s was acknowledged and is not there", id)
		}
	}
	sound(t, p)
}

func TestASecondServerOnOneFileIsRefused(t *testing.T) {
	p := apptest.Start(t, "")
	c := apptest.Configure(t.TempDir(), p.Config.Store.URL.Reveal())
	a, err := app.Open(t.Context(), app.Options{Config: c})
	if err == nil {
		_ = a.Close()
		t.Fatal("two servers write to one file")
	}
	if !strings.Contains(err.Error(), filepath.Base(p.Config.Store.Location())) {
		t.Errorf("the error does not name the file: %v", err)
	}
}

func TestAFlippedByteIsNamed(t *testing.T) {
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	version := current(p, "privacy")
	var entry string
	for i := range 5 {
		a := p.Want(201, decide(token, decision("analytics.usage", "grant", version)))
		if i == 2 {
			entry = a.Str("entries", 0, "entry_id")
		}
	}
	p.Stop()
	sound(t, p)
	path := p.Config.Store.Location()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The entry's canonical bytes are stored as they were hashed: find them, and change one letter of the method.
	flipped := 0
	for at := 0; ; {
		i := strings.Index(string(raw[at:]), `"id":"`+entry+`"`)
		if i < 0 {
			break
		}
		at += i
		method := strings.Index(string(raw[at:]), `"method":"tap"`)
		raw[at+method+len(`"method":"`)] ^= 1
		flipped++
		at += method
	}
	if flipped == 0 {
		t.Fatal("the entry is not in the file as it was hashed")
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := app.Verify(t.Context(), p.Config)
	if err != nil || len(report.Breaks) != 1 || !strings.Contains(report.Breaks[0], entry) {
		t.Fatalf("want %s named: %v %v", entry, err, report.Breaks)
	}
}
