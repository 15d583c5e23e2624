package app_test

import (
	"bytes"
	"os"
	"testing"

	"zhiqing/internal/app/apptest"
)

// contract is the golden file of the API.
const contract = "../../miniprogram-api/openapi.yaml"

func TestTheContractIsWhatTheRoutesSay(t *testing.T) {
	p := apptest.Start(t, "")
	got, err := p.App.Edge().OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(contract, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(contract)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.yaml differs from the routes; look at the difference, then run: go test ./internal/app -run Contract -update")
	}
}
