package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a server under measurement, a child of ours.
type process struct {
	url   string
	began time.Duration // from exec to ready
	cmd   *exec.Cmd
	stop  func()
}

// launch starts a child and takes from its output the first word that is its URL.
func launch(ctx context.Context, cmd *exec.Cmd) (*process, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	at := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	p.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		for _, word := range strings.Fields(lines.Text()) {
			if strings.HasPrefix(word, "http://") {
				p.url = word
				go func() {
					for lines.Scan() { // keep the pipe empty
					}
				}()
				err := p.awaitReady(ctx)
				p.began = time.Since(at)
				return p, err
			}
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s ended without saying where it listens", cmd.Path)
}

func (p *process) awaitReady(ctx context.Context) error {
	path := "/readyz"
	if strings.Contains(strings.Join(p.cmd.Args, " "), "-limits") {
		path = "/bare"
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		if r, err := http.Get(p.url + path); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return fmt.Errorf("%s did not become ready", p.cmd.Path)
}

func startServer(ctx context.Context, o options) (*process, error) {
	cmd := exec.Command(o.server)
	cmd.Env = append(os.Environ(),
		"ZHIQING_SERVER_ADDR=127.0.0.1:0", "ZHIQING_WECHAT_SANDBOX_ADDR=127.0.0.1:0", "ZHIQING_WECHAT_APP_ID="+appID,
		"ZHIQING_STORE_URL=sqlite:"+filepath.Join(o.dir, "zhiqing.db"), "ZHIQING_VAULT_KEYSET="+filepath.Join(o.dir, "keyset.json"),
		"ZHIQING_LIMITS_SESSIONS_PER_MINUTE=100000", "ZHIQING_LIMITS_REQUESTS_PER_SECOND=100000", "ZHIQING_LOG_LEVEL=warn",
	)
	return launch(ctx, cmd)
}

func startLimits(ctx context.Context, o options) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return launch(ctx, exec.Command(self, "-limits", o.dir))
}

// memory reads a size in MiB from /proc/<pid>/status: VmRSS, VmHWM.
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

// cpu reads the process's CPU seconds from /proc/<pid>/stat (fields 14 and 15, in ticks of 10 ms).
func (p *process) cpu() float64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}
