package staff_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
)

const chosen = "一只安静的橘猫坐在窗台上" // twelve characters, and nothing that a list holds

func TestAPasswordThatIsEasyToGuessIsNotTaken(t *testing.T) {
	s := set(t)
	p, token, _ := s.on("li.na", staff.Support)
	for what, fresh := range map[string]string{
		"nothing": "", "blanks": strings.Repeat(" ", 40), "eleven characters": "abcdefghij!", "eleven of three bytes": strings.Repeat("猫", 10) + "狗",
		"common": "Password1234", "a common one in blanks": " qwertyuiop123 ", "one character": strings.Repeat("z", 12), "one of three bytes": strings.Repeat("猫", 12),
		"the name": "hello-li.na-hello", "the name in capitals": "HELLO-LI.NA-HELLO", "too long": strings.Repeat("ab", 129),
	} {
		fresh, in, err := s.SetPassword(t.Context(), token, p.password, fresh)
		var f *fault.Fault
		if !errors.Is(err, staff.ErrInvalid) || !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Path != "body.new" || fresh != "" || in.Officer.ID != "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := s.count("staff.password_changed"); n != 0 {
		t.Errorf("%d changes in the audit", n)
	}
	s.enter(p) // the old one still opens
}

func TestAFreshPasswordEndsEveryOtherSession(t *testing.T) {
	s := set(t)
	p, other, _ := s.on("li.na", staff.Support)
	mine, in := s.enter(p)
	fresh, after, err := s.SetPassword(t.Context(), mine, p.password, chosen)
	if err != nil || fresh == mine || after.CSRF() == in.CSRF() || after.Officer.Name != p.name {
		t.Fatalf("%v %v", after, err)
	}
	for what, token := range map[string]string{"another session": other, "the token from before": mine} {
		if _, err := s.Authenticate(t.Context(), token); !errors.Is(err, staff.ErrSession) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got, err := s.Authenticate(t.Context(), fresh); err != nil || !got.StepUpAt.Equal(in.StepUpAt) {
		t.Errorf("the fresh session: %v, its proof of identity is of %v", err, got.StepUpAt)
	}
	s.clock.pass(30 * time.Second)
	if _, _, err := s.SignIn(t.Context(), p.name, p.password, s.code(p)); !errors.Is(err, staff.ErrSignIn) {
		t.Errorf("the old password: %v", err)
	}
	s.enter(person{p.name, chosen, p.secret})
	if n := s.count("staff.password_changed"); n != 1 {
		t.Errorf("%d changes in the audit", n)
	}
}

func TestTheOldPasswordIsNotGuessedFromAnOpenSession(t *testing.T) {
	s := set(t)
	p, token, _ := s.on("li.na", staff.Support)
	for i := range 5 {
		if _, _, err := s.SetPassword(t.Context(), token, "wrong", chosen); !errors.Is(err, staff.ErrSignIn) {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	if _, _, err := s.SetPassword(t.Context(), token, p.password, chosen); !errors.Is(err, staff.ErrLocked) {
		t.Errorf("the sixth: %v", err)
	}
	if n := s.count("staff.password_change_failed"); n != 5 {
		t.Errorf("%d failures in the audit", n)
	}
	s.enter(p) // nothing has changed
	for what, token := range map[string]string{"no token": "", "no session's": strings.Repeat("A", 43)} {
		if _, _, err := s.SetPassword(t.Context(), token, p.password, chosen); !errors.Is(err, staff.ErrSession) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Who has the password and an open session, but no code, gets no tries at codes back by proving the password.
func TestProvingThePasswordForgivesNoTriesAtCodes(t *testing.T) {
	s := set(t)
	p, token, _ := s.on("li.na", staff.Support)
	password := p.password
	for i := range 5 {
		if _, _, err := s.StepUp(t.Context(), token, "000000"); !errors.Is(err, staff.ErrSignIn) {
			t.Fatalf("try %d: %v", i+1, err)
		}
		fresh, _, err := s.SetPassword(t.Context(), token, password, fmt.Sprint(chosen, i))
		s.must(err)
		token, password = fresh, fmt.Sprint(chosen, i)
	}
	if _, _, err := s.StepUp(t.Context(), token, s.code(p)); !errors.Is(err, staff.ErrLocked) {
		t.Errorf("the sixth: %v", err)
	}
}

func TestAResetForgivesEveryTry(t *testing.T) {
	s := set(t)
	p, token, _ := s.on("li.na", staff.Support)
	for range 5 {
		_, _, changed := s.SetPassword(t.Context(), token, "wrong", chosen)
		_, _, stepped := s.StepUp(t.Context(), token, "000000")
		if !errors.Is(changed, staff.ErrSignIn) || !errors.Is(stepped, staff.ErrSignIn) {
			t.Fatal(changed, stepped)
		}
	}
	password, uri, err := s.Reset(t.Context(), staff.System(), p.name)
	s.must(err)
	p = person{p.name, password, secretOf(s, uri)}
	token, _ = s.enter(p)
	s.clock.pass(30 * time.Second)
	token, _, err = s.StepUp(t.Context(), token, s.code(p))
	s.must(err)
	_, _, err = s.SetPassword(t.Context(), token, p.password, chosen)
	s.must(err)
}

// What cannot be written down does not happen.
func TestAPasswordIsNotChangedWithoutTheAudit(t *testing.T) {
	s := set(t)
	p, token, _ := s.on("li.na", staff.Support)
	s.writes.Down(true)
	if fresh, _, err := s.SetPassword(t.Context(), token, p.password, chosen); err == nil || fresh != "" {
		t.Errorf("%v", err)
	}
	s.writes.Down(false)
	s.enter(p)
}

func TestAResetInTheMiddleDecides(t *testing.T) {
	s := set(t)
	p, token, _ := s.on("li.na", staff.Support)
	var reset string
	hashes := 0
	s.CountHashes(func() {
		if hashes++; hashes == 2 { // the old one is right; the fresh one is about to be hashed
			hashes = 10
			reset, _, _ = s.again(s.writes).Reset(t.Context(), staff.System(), p.name)
		}
	})
	if fresh, _, err := s.SetPassword(t.Context(), token, p.password, chosen); !errors.Is(err, staff.ErrSession) || fresh != "" || reset == "" {
		t.Errorf("%v", err)
	}
}
