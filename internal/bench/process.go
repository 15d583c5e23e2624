package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a server under measurement, a child of ours.
type process struct {
	url   string
	began time.Duration // from exec to the first success
	cmd   *exec.Cmd
	stop  func() // ends it and waits; may be called again
}

const (
	startLimit = 5 * time.Minute // the limits server fills its file the first time
	stopLimit  = 30 * time.Second
)

// launch starts a child, takes the first URL that it prints, and waits until GET path there succeeds.
func launch(ctx context.Context, path, name string, args, env []string) (*process, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = dieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	at := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	p.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(stopLimit, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		kill.Stop()
	})
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	stopping := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // ends the reading below
	p.url, err = firstURL(out)
	if err == nil {
		err = awaitSuccess(ctx, p.url+path)
		p.began = time.Since(at)
	}
	stopping()
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// firstURL reads up to the first word that is a URL, and goes on reading, so that the child never waits for us.
func firstURL(out io.Reader) (string, error) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		for _, word := range strings.Fields(lines.Text()) {
			if strings.HasPrefix(word, "http://") {
				go func() { _, _ = io.Copy(io.Discard, out) }()
				return word, nil
			}
		}
	}
	return "", fmt.Errorf("it ended without saying where it listens")
}

func awaitSuccess(ctx context.Context, url string) error {
	for ; ; time.Sleep(2 * time.Millisecond) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if r, err := http.DefaultClient.Do(request); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("it did not become ready: %w", ctx.Err())
		}
	}
}

// startServer starts the real program. Its limits stand aside, and of its log only warnings are written: this measures
// the program, not a terminal.
func startServer(ctx context.Context, program string, d dataset, more ...string) (*process, error) {
	return launch(ctx, "/readyz", program, nil, append([]string{
		"ZHIQING_SERVER_ADDR=127.0.0.1:0", "ZHIQING_WECHAT_SANDBOX_ADDR=127.0.0.1:0", "ZHIQING_WECHAT_APP_ID=" + appID,
		"ZHIQING_STORE_URL=sqlite:" + d.path(copyFile), "ZHIQING_VAULT_KEYSET=" + d.path(keysFile), "ZHIQING_VAULT_KEYS=" + d.path(vaultKeysFile), "ZHIQING_VAULT_ERASURES=" + d.path(erasuresFile),
		"ZHIQING_LIMITS_SESSIONS_PER_MINUTE=100000", "ZHIQING_LIMITS_REQUESTS_PER_SECOND=100000", "ZHIQING_LOG_LEVEL=warn",
	}, more...))
}

func startLimits(ctx context.Context, f folder, o options) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return launch(ctx, "/bare", self, []string{"-limits", string(f), "-n", strconv.Itoa(o.people), "-holders", strconv.Itoa(o.holders)}, nil)
}

// memory reads a size in MiB from /proc/<pid>/status: VmRSS, VmHWM, RssAnon. 0 where there is none.
func (p *process) memory(name string) float64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

// cpu reads the process's CPU seconds from /proc/<pid>/stat: fields 14 and 15 (user and system), in ticks of 10 ms.
func (p *process) cpu() float64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(raw), ") ") // the name before may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}
