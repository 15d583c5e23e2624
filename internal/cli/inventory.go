package cli

import (
	"encoding/json"

	"zhiqing/internal/app"
)

type inventoryCmd struct {
	JSON bool   `name:"json" help:"JSON 格式。 As JSON."`
	Lang string `enum:"zh-CN,en" default:"zh-CN" help:"zh-CN, en"`
}

// Run prints the record of processing. It fails when the program keeps something that the record does not name.
func (i inventoryCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	inv, err := app.Inventory(c.ctx, cfg)
	if err != nil {
		return err
	}
	if !i.JSON {
		return inv.Print(c.env.Stdout, i.Lang)
	}
	out := json.NewEncoder(c.env.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(inv)
}
