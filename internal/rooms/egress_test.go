package rooms_test

import (
	"strings"
	"testing"

	"zhiqing/internal/register/prove"
)

// Nobody calls out but the rooms of the table, so data leaves by answers alone (policy L29). The tree itself is checked by
// TestTheTreeKeepsItsRules.
func TestNothingCallsOutUnlessTheTableNamesIt(t *testing.T) {
	row, listed := prove.Row(t, "A-L29.1"), prove.Row(t, "F-2")
	for name, body := range map[string]string{
		"a client":        "import \"net/http\"\n\nvar c = http.Client{}\n",
		"renamed":         "import web \"net/http\"\n\nfunc f() { _, _ = web.Post(\"\", \"\", nil) }\n",
		"a socket":        "import \"net\"\n\nfunc f() { _, _ = net.Dial(\"tcp\", \"\") }\n",
		"a mail":          "import \"net/smtp\"\n\nvar send = smtp.SendMail\n",
		"another program": "import \"os/exec\"\n\nvar run = exec.Command\n",
	} {
		found := check(t, "internal/app/out.go", "package app\n\n"+body)
		listed.Equal(len(found), 1)
		row.That(len(found) == 1 && strings.Contains(found[0], "call out"), "%s gets out: %v", name, found)
	}
	row.Equal(len(check(t, "internal/app/out_test.go", "package app_test\n\nimport \"net/http\"\n\nvar c = http.Client{}\n")), 0)
}
