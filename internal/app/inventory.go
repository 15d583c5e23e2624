package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/inventory"
	"zhiqing/internal/purpose"
	"zhiqing/internal/register"
)

// Inventory is the record of processing of a configuration (requirements A-L50.1): made from the program itself, opened on an
// empty store of its own, so it needs neither the real store nor its keys, and reads nobody's data.
func Inventory(ctx context.Context, cfg config.Config) (inv inventory.Inventory, err error) {
	dir, err := os.MkdirTemp("", "zhiqing-inventory-")
	if err != nil {
		return inv, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := Open(ctx, Options{Config: empty(cfg, dir)})
	if err != nil {
		return inv, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if _, err := openKeyChecks(ctx, a.engine); err != nil { // opened before everything else, beside the engine that notes
		return inv, err
	}
	for _, name := range a.Jobs.Names() { // some open a collection of their own
		if _, err := a.Jobs.RunOnce(ctx, name); err != nil {
			return inv, err
		}
	}
	statements, err := register.Load(policy.FS)
	if err != nil {
		return inv, err
	}
	return inventory.Make(inventory.Sources{
		Head: inventory.Inventory{
			Controller: inventory.Controller{Name: cfg.Operator.Name, Address: cfg.Operator.Address, Contact: cfg.Operator.Contact, DPO: cfg.Operator.DPO},
			Made:       a.now(), Storage: inventory.Storage{Region: purpose.Home, Engine: string(cfg.Store.Engine())},
		},
		Schemas: a.schemas.all(), Holdings: a.Holdings(), Purposes: a.purposes, Roles: a.roles, Register: statements,
	})
}

// empty is a configuration with the same policy and an empty store in dir.
func empty(cfg config.Config, dir string) config.Config {
	at := config.Defaults()
	at.Policy, at.Operator = cfg.Policy, cfg.Operator
	at.Store.URL = config.Secret("sqlite:" + filepath.Join(dir, "empty.db"))
	at.Vault.Keyset, at.Vault.Keys, at.Vault.Erasures = filepath.Join(dir, "keyset.json"), filepath.Join(dir, "vault-keys.json"), filepath.Join(dir, "erasures.jsonl")
	at.Server.Addr, at.WeChat.SandboxAddr = "127.0.0.1:0", "127.0.0.1:0"
	return at
}
