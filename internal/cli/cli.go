package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"zhiqing/config"
	"zhiqing/internal/fault"
)

// Env is what a command sees of the world. Tests give their own.
type Env struct {
	Args           []string // without the program's name
	Environ        []string // NAME=value
	Stdout, Stderr io.Writer
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is the command line.
type commands struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Settings file (see config/zhiqing.example.yaml). Without it, defaults and ZHIQING_* variables."`

	Serve     serveCmd     `cmd:"" default:"withargs" help:"启动服务（默认）。 Serve the API (the default)."`
	Doctor    doctorCmd    `cmd:"" help:"检查配置、密钥、存储、政策与微信，不改动任何数据。 Check settings, keys, store, policy and WeChat; changes nothing."`
	Verify    verifyCmd    `cmd:"" help:"核验记录链，或离线核验一份回执、一个导出压缩包。 Verify the chains, or a receipt or an export package offline."`
	Export    exportCmd    `cmd:"" help:"导出审计日志，供审计人员离线核验。 Export the audit, to be verified offline by an auditor."`
	Policy    policyCmd    `cmd:"" help:"政策登记册与目录检查。 The policy register, and a check of the catalogue."`
	Keys      keysCmd      `cmd:"" help:"生成密钥文件、轮换签名密钥。 Make a key file, rotate signing keys."`
	Sweep     sweepCmd     `cmd:"" help:"把定期工作各做一次，然后结束。 Do everything that recurs once, then stop."`
	Retention retentionCmd `cmd:"" help:"保存期限的起算事件与法律保全。 Events that start periods of retention, and legal holds."`
	Staff     staffCmd     `cmd:"" help:"员工帐户：新建、停用、重置、角色、培训。 Staff accounts."`
	Inventory inventoryCmd `cmd:"" help:"个人信息处理活动记录：由代码与政策生成，逐字段。 The record of processing, made from code and policy, field by field."`
	Service   serviceCmd   `cmd:"" help:"服务密钥：运营者的其他系统凭此调用 /v1/service。 Keys of the operator's other systems."`
	Sandbox   sandboxCmd   `cmd:"" help:"单独运行微信沙箱。 Run the WeChat sandbox by itself."`
}

// call is what every command gets.
type call struct {
	ctx    context.Context
	env    Env
	config string
}

// settings reads the configuration, or explains everything that is wrong with it.
func (c *call) settings() (config.Config, error) {
	cfg, err := config.Load(c.config, c.env.Environ)
	if err != nil {
		return cfg, usage(err)
	}
	return cfg, nil
}

func (c *call) printf(format string, args ...any) { _, _ = fmt.Fprintf(c.env.Stdout, format, args...) }

// usageError is a mistake in what was typed or configured.
type usageError struct{ error }

func usage(err error) error { return usageError{err} }

func (u usageError) Unwrap() error { return u.error }

// errFailed says that a check has failed and has been reported already.
var errFailed = errors.New("failed")

// Run parses and runs one command and returns the exit code.
func Run(ctx context.Context, env Env) int {
	var grammar commands
	exited := -1
	parser, err := kong.New(&grammar, kong.Name("zhiqing"), kong.Writers(env.Stdout, env.Stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("知情：微信小程序的隐私后端。 The privacy backend of a WeChat mini-program."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return fail(env, err)
	}
	parsed, err := parser.Parse(env.Args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		code := fail(env, usage(err))
		_, _ = fmt.Fprintln(env.Stderr, "用法 Usage: zhiqing --help")
		return code
	}
	return fail(env, parsed.Run(&call{ctx: ctx, env: env, config: grammar.Config}))
}

func fail(env Env, err error) int {
	var u usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &u):
		_, _ = fmt.Fprintf(env.Stderr, "zhiqing: %s\n", explain(err))
		return exitUsage
	}
	_, _ = fmt.Fprintf(env.Stderr, "zhiqing: %s\n", explain(err))
	return exitFailed
}

// explain is an error in words for the operator: a fault keeps its cause from clients, and who runs the program needs it.
func explain(err error) string {
	said := err.Error()
	var f *fault.Fault
	if !errors.As(err, &f) {
		return said
	}
	for _, field := range f.Fields {
		said += " " + field.Text.ZH + " " + field.Text.EN
	}
	if f.Unwrap() != nil {
		said += fmt.Sprintf(" (%v)", f.Unwrap())
	}
	return said
}

// readFile reads a file that a person named; at most 4 MiB.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usage(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, 4<<20+1))
	if err == nil && len(data) > 4<<20 {
		err = usage(fmt.Errorf("%s: larger than 4 MiB", path))
	}
	return data, err
}
