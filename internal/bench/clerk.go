package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/pquerna/otp/totp"

	"zhiqing/internal/app"
	"zhiqing/internal/staff"
)

// staffCookie is the console's own cookie; its name makes browsers keep it to one host.
const staffCookie = "__Host-zhiqing-staff"

// clerk is a member of staff with a browser that is signed in.
type clerk struct {
	server string // its URL
	token  string
	csrf   string // of the forms; see open
	client *http.Client
}

// hire opens an account of a role, trained, and signs it in with its password and a code, as the console does.
func hire(ctx context.Context, a *app.App, name string, role staff.Role) (clerk, error) {
	password, uri, err := a.Staff.Add(ctx, staff.System(), name, role)
	if err != nil {
		return clerk{}, err
	}
	if err := a.Staff.Train(ctx, staff.System(), name, app.Clock().AddDate(0, 6, 0)); err != nil {
		return clerk{}, err
	}
	parsed, err := url.Parse(uri)
	if err != nil {
		return clerk{}, errors.New("the address for an authenticator app is none")
	}
	code, err := totp.GenerateCode(parsed.Query().Get("secret"), app.Clock())
	if err != nil {
		return clerk{}, err
	}
	token, _, err := a.Staff.SignIn(ctx, name, password, code)
	return clerk{token: token, client: &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, err
}

// employ opens one account, so that the server is one that has been set up: the very first start in development makes one.
func employ(ctx context.Context, f folder) error {
	return inside(ctx, f, app.Clock, func(a *app.App) error {
		_, err := hire(ctx, a, "employed", staff.Support)
		return err
	})
}

// formSecret is where a page's forms carry the session's secret.
var formSecret = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// open reads the look-up page, and from it what every form has to carry.
func (c *clerk) open(ctx context.Context) error {
	page, err := c.page(ctx, "/console/", "csrf")
	if err != nil {
		return err
	}
	found := formSecret.FindStringSubmatch(page)
	if found == nil {
		return errors.New("the look-up page has no form")
	}
	c.csrf = found[1]
	return nil
}

// lookUp goes from a privacy number to the record, whole.
func (c *clerk) lookUp(ctx context.Context, number string) error {
	form := url.Values{"csrf": {c.csrf}, "reason": {"support_ticket"}, "reference": {"T-1024"}, "term": {number}}
	r, body, err := c.send(ctx, http.MethodPost, "/console/records", form.Encode())
	if err != nil {
		return err
	}
	if r.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("the look-up answered %d: %s", r.StatusCode, plain(body))
	}
	_, err = c.page(ctx, r.Header.Get("Location"), number)
	return err
}

// page reads a page, which must have a text.
func (c *clerk) page(ctx context.Context, path, text string) (string, error) {
	r, body, err := c.send(ctx, http.MethodGet, path, "")
	if err == nil && (r.StatusCode != http.StatusOK || !strings.Contains(body, text)) {
		err = fmt.Errorf("%s answered %d, without %q: %s", path, r.StatusCode, text, plain(body))
	}
	return body, err
}

// mostPage bounds a page, in bytes.
const mostPage = 1 << 20

func (c *clerk) send(ctx context.Context, method, path, form string) (*http.Response, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, strings.NewReader(form))
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Cookie", staffCookie+"="+c.token)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r, err := c.client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(r.Body, mostPage))
	return r, string(body), err
}

var tags = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

// plain is what a page says, short enough for an error.
func plain(page string) string {
	words := tags.ReplaceAllString(page, " ")
	return words[:min(len(words), 600)]
}
