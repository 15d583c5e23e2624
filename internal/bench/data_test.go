package bench

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/app"
	"zhiqing/internal/session"
	"zhiqing/internal/store/sqlite"
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
	found, err := app.Verify(t.Context(), settings(d.folder))
	if err != nil || !found.Sound() || found.Books != 60 || found.Entries != 120 || found.Entries != d.entries {
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
	fingerprints := map[string]int{}
	for range 2 {
		keys, err := app.LoadKeys(t.TempDir()+"/keys.json", false, app.Clock())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			print, err := fingerprint(t.Context(), keys)
			if err != nil {
				t.Fatal(err)
			}
			fingerprints[print]++
		}
	}
	if len(fingerprints) != 2 {
		t.Errorf("two keysets, each asked twice: %v", fingerprints)
	}
}

func TestEveryTokenSpeaksForAnotherPerson(t *testing.T) {
	_, d := prepared(t)
	engine, err := sqlite.Open(t.Context(), d.path(copyFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	keys, err := app.LoadKeys(d.path(keysFile), false, app.Clock())
	if err != nil {
		t.Fatal(err)
	}
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
