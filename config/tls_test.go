package config_test

import (
	"strings"
	"testing"

	"zhiqing/config"
	"zhiqing/internal/register/prove"
)

// In production data reaches its store over TLS with checked certificates or not at all, and people are sent to https alone.
func TestProductionHasNoWayInTheClear(t *testing.T) {
	row := prove.Row(t, "A-L48.2")
	problem := func(change func(*config.Config), key string) bool {
		c := config.Defaults()
		c.Mode = config.Production
		change(&c)
		err := c.Check()
		return err != nil && strings.Contains(err.Error(), key+":")
	}
	for url, refused := range map[string]bool{
		"mongodb://db.example/x": true, "mongodb://db.example/x?tls=false": true, "mongodb://db.example/x?tls=true&tlsInsecure=true": true,
		"mongodb://127.0.0.1,db.example/x": true, "mongodb+srv://db.example/x?tls=false": true,
		"mongodb://db.example/x?tls=true": false, "mongodb+srv://db.example/x": false, "mongodb://127.0.0.1/x": false,
	} {
		row.That(problem(func(c *config.Config) { c.Store.URL = config.Secret(url) }, "store.url") == refused, "%s: refused should be %v", url, refused)
	}
	for url, refused := range map[string]bool{"http://mini.example": true, "": true, "https://mini.example": false} {
		row.That(problem(func(c *config.Config) { c.Server.PublicURL = url }, "server.public_url") == refused, "%q: refused should be %v", url, refused)
	}
}
