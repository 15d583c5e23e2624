package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/app"
	"zhiqing/internal/session"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/wechat"
)

func TestAFileIsMadeOnceAndAgainWhenItIsNotWholeOrFromElse(t *testing.T) {
	f, fills := folder(t.TempDir()), 0
	fill := func() error { fills++; return nil }
	broken := errors.New("broken off")
	for _, step := range []struct {
		from  string
		fill  func() error
		err   error
		fills int
	}{
		{"a", func() error { fills++; return broken }, broken, 1},
		{"a", fill, nil, 2}, // it was not whole
		{"a", fill, nil, 2},
		{"b", fill, nil, 3},
		{"a", fill, nil, 4},
	} {
		if err := f.once("x", step.from, step.fill); !errors.Is(err, step.err) || fills != step.fills {
			t.Fatalf("%+v: %v, filled %d times", step, err, fills)
		}
	}
}

// few people, with the folder that they are in.
func prepared(t *testing.T) (options, dataset) {
	t.Helper()
	o := options{dir: t.TempDir(), people: 60, holders: 20}
	d, err := prepare(t.Context(), o, o.people)
	if err != nil {
		t.Fatal(err)
	}
	return o, d
}

func TestPeopleAreMadeByTheRealCodeAndTheirChainsHold(t *testing.T) {
	_, d := prepared(t)
	if err := inside(t.Context(), d.folder, app.Clock, func(*app.App) error { return nil }); err != nil { // as a server would
		t.Fatal(err)
	}
	found, err := app.Verify(t.Context(), settings(d.folder))
	if err != nil || !found.Sound() || found.Books != 60 || found.Entries != 180 || found.Entries != d.entries {
		t.Errorf("%+v, %v; %d expected", found, err, d.entries)
	}
	if d.sessions != 20 {
		t.Errorf("%d sessions of 20 holders", d.sessions)
	}
}

func TestARunLeavesTheDataSetAsItWas(t *testing.T) {
	o, d := prepared(t)
	made, err := os.ReadFile(d.path(peopleFile))
	if err != nil {
		t.Fatal(err)
	}
	again, err := prepare(t.Context(), o, o.people)
	if err != nil || again != d {
		t.Errorf("%+v, then %+v, %v", d, again, err)
	}
	if now, err := os.ReadFile(d.path(peopleFile)); err != nil || string(now) != string(made) {
		t.Errorf("the people have changed (%v)", err)
	}
	if err := again.removeCopy(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.path(copyFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is still there: %v", err)
	}
}

func TestOtherKeysMakeOtherPeople(t *testing.T) {
	first, second := folder(t.TempDir()), folder(t.TempDir())
	one, errOne := first.keys()
	other, errOther := second.keys()
	if err := errors.Join(errOne, errOther); err != nil {
		t.Fatal(err)
	}
	fingerprints := map[string]int{}
	for _, keys := range []keyring{one, {one.signing, other.sealing}, {other.signing, one.sealing}} {
		for range 2 {
			print, err := fingerprint(t.Context(), keys)
			if err != nil {
				t.Fatal(err)
			}
			fingerprints[print]++
		}
	}
	if len(fingerprints) != 3 {
		t.Errorf("three keyrings, each asked twice: %v", fingerprints)
	}
}

// opened is the copy's engine and the data's keys.
func opened(t *testing.T, d dataset) (*sqlite.Engine, keyring) {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), d.path(copyFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	keys, err := d.keys()
	if err != nil {
		t.Fatal(err)
	}
	return engine, keys
}

func TestEverybodyHasADataKeyASealedOpenIDAndASealedProfile(t *testing.T) {
	_, d := prepared(t)
	engine, keys := opened(t, d)
	people, _, err := keys.register(t.Context(), engine, app.Clock, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		who := wechat.Secret(fmt.Sprintf("bench-%d", i))
		id, err := people.FindByIdentity(t.Context(), wechat.Identity{OpenID: who})
		if err != nil {
			t.Fatal(i, err)
		}
		s, err := people.Find(t.Context(), id)
		if err != nil {
			t.Fatal(i, err)
		}
		if kept, err := people.Identity(s); err != nil || kept.OpenID.Reveal() != who.Reveal() {
			t.Fatalf("person %d: the sealed openid is not theirs: %v", i, err)
		}
		for name, value := range filledIn(i) {
			f, _ := s.Field(name)
			if plain, err := people.Open(&s, name, f.Sealed); err != nil || len(plain) != len(value) {
				t.Fatalf("person %d: %s has %d bytes of %d: %v", i, name, len(plain), len(value), err)
			}
		}
	}
}

func TestTheDataBelongsToItsKeyFilesAndToNoOthers(t *testing.T) {
	_, d := prepared(t)
	engine, _ := opened(t, d)
	if _, _, err := app.OpenKeys(t.Context(), engine, settings(d.folder), app.Clock()); err != nil {
		t.Errorf("its own: %v", err)
	}
	if err := os.Remove(d.path(vaultKeysFile)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := app.OpenKeys(t.Context(), engine, settings(d.folder), app.Clock()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without its vault keys: %v", err)
	}
}

// TestTheProgramGrantsEachRequestOfTheTable asks the real program once what a load asks many times, of the same data.
func TestTheProgramGrantsEachRequestOfTheTable(t *testing.T) {
	_, d := prepared(t)
	c := settings(d.folder)
	c.WeChat.SandboxAddr = "127.0.0.1:0"
	program, err := app.Open(t.Context(), app.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	token := tokens(t, d)[0]
	for _, s := range requests {
		r := httptest.NewRequest(s.method, s.path, strings.NewReader(s.body))
		r.Header.Set("Content-Type", "application/json")
		if s.signed {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := program.Edge().Fiber().Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode/100 != 2 {
			t.Errorf("%s: %d, %v\n%s", s.name, answer.StatusCode, err, body)
		}
		if s.path == "/v1/me/profile" && strings.Count(string(body), `"purpose":`) != len(filledIn(0)) {
			t.Errorf("a profile lacks fields: %s", body)
		}
	}
}

func TestEveryTokenSpeaksForAnotherPerson(t *testing.T) {
	_, d := prepared(t)
	engine, keys := opened(t, d)
	desk, err := frontDesk(t.Context(), engine, keys)
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]bool{}
	for _, token := range tokens(t, d) {
		p, err := desk.Authenticate(t.Context(), token)
		if err != nil || p.Kind != session.User {
			t.Fatalf("%+v, %v", p, err)
		}
		people[p.Owner] = true
	}
	if len(people) != 20 {
		t.Errorf("%d people hold 20 tokens", len(people))
	}
}

func tokens(t *testing.T, d dataset) (all []string) {
	t.Helper()
	f, err := os.Open(d.path(tokensFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		all = append(all, lines.Text())
	}
	return all
}

func TestEachLimitDoesItsOneThing(t *testing.T) {
	o, d := prepared(t)
	o.limits = string(d.folder)
	l := new(limitServer)
	t.Cleanup(func() { _ = l.close() })
	if err := l.open(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	server := l.routes(context.Background())
	ask := func(s scenario, token string) int {
		r := httptest.NewRequest(s.method, s.path, strings.NewReader(s.body))
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := server.Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode
	}
	token := tokens(t, d)[0]
	for _, s := range limits {
		if status := ask(s, token); status != http.StatusOK {
			t.Errorf("%s: %d", s.name, status)
		}
	}
	if status := ask(limits[1], token+"x"); status != http.StatusUnauthorized {
		t.Errorf("a forged token: %d", status)
	}
}

func TestTheDocumentsOfALimitAreBSONOfTheirSize(t *testing.T) {
	var v struct{ V []byte }
	if err := bson.Unmarshal(bsonOf(documentSize), &v); err != nil || len(bsonOf(documentSize)) != documentSize || len(v.V) != documentSize-13 {
		t.Errorf("%d bytes, %v", len(v.V), err)
	}
}
