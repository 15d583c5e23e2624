package apptest

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"testing"
)

// mongoVariable names a MongoDB server to run the stories on as well. Each story gets a database of its own.
const mongoVariable = "ZHIQING_TEST_MONGODB_URL"

// OnEveryEngine runs a story on SQLite, and on MongoDB when ZHIQING_TEST_MONGODB_URL names a server (scripts/test starts
// FerretDB for it).
func OnEveryEngine(t *testing.T, story func(t *testing.T, storeURL string)) {
	t.Run("sqlite", func(t *testing.T) { story(t, "") })
	server := os.Getenv(mongoVariable)
	if server == "" {
		return
	}
	t.Run("mongodb", func(t *testing.T) { story(t, freshDatabase(t, server)) })
}

func freshDatabase(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is no URL", mongoVariable)
	}
	name := make([]byte, 6)
	_, _ = rand.Read(name)
	u.Path = "/story_" + hex.EncodeToString(name)
	return u.String()
}
