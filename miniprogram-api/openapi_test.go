package miniprogramapi_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"zhiqing/internal/app/apptest"
)

var update = flag.Bool("update", false, "write openapi.yaml instead of comparing it")

func TestTheContractIsWhatTheRoutesSay(t *testing.T) {
	p := apptest.Start(t, "")
	got, err := p.App.Edge().OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.yaml", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.yaml differs from the routes; look at the difference, then run: go test ./miniprogram-api -run Contract -update")
	}
}
