package mongo_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"zhiqing/internal/store"
	"zhiqing/internal/store/mongo"
	"zhiqing/internal/store/storetest"
)

// TestServerNamedInTheEnvironmentKeepsTheLaws proves the laws on a real server, when one is named. Without one there is
// nothing to prove here: the nested module ferretdb runs the same laws over the wire.
func TestServerNamedInTheEnvironmentKeepsTheLaws(t *testing.T) {
	server := os.Getenv("ZHIQING_TEST_MONGODB_URL")
	if server == "" {
		t.Log("ZHIQING_TEST_MONGODB_URL is not set: no laws were run on a real MongoDB server")
		return
	}
	storetest.Run(t, func(t *testing.T) func() store.Engine {
		own := database(t, server)
		return func() store.Engine {
			e, err := mongo.Open(t.Context(), own)
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
	})
}

// database answers the URL of a new database on the server, dropped when the test ends.
func database(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("ZHIQING_TEST_MONGODB_URL is no URL")
	}
	name := "zhiqing_test_" + bson.NewObjectID().Hex()
	if q := u.Query(); u.User != nil && !q.Has("authSource") { // the database was the authentication's, too
		q.Set("authSource", cmp.Or(strings.Trim(u.Path, "/"), "admin"))
		u.RawQuery = q.Encode()
	}
	u.Path = "/" + name
	t.Cleanup(func() {
		c, err := driver.Connect(options.Client().ApplyURI(u.String()))
		if err == nil {
			err = errors.Join(c.Database(name).Drop(context.Background()), c.Disconnect(context.Background()))
		}
		if err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return u.String()
}

func TestNoErrorHoldsThePassword(t *testing.T) {
	const password = "s3cret-word"
	for _, u := range []string{
		"mongodb://zq:" + password + "@",
		"zq:" + password + "@host",
		"mongodb://zq:" + password + "@127.0.0.1:99999/",
		"mongodb://zq:" + password + "@127.0.0.1:1/?maxPoolSize=many",
		"mongodb://zq:" + password + "%zz@127.0.0.1:1/",
		"mongodb://zq:" + password + "@127.0.0.1:1/db%zz",
		"mongodb://zq:" + password + "@127.0.0.1:1/?authMechanism=" + password,
		"mongodb://zq:" + password + "@127.0.0.1:1/", // nobody listens there
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := mongo.Open(ctx, u)
		cancel()
		if err == nil {
			t.Fatal("opened")
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if text := fmt.Sprintf("%v %+v", e, e); strings.Contains(text, password) {
				t.Errorf("the password is in: %s", strings.ReplaceAll(text, password, "…"))
			}
		}
	}
}

func TestServerThatIsNotThereIsUnavailableInBoundedTime(t *testing.T) {
	begin := time.Now()
	_, err := mongo.Open(t.Context(), "mongodb://127.0.0.1:1/")
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
