package workday

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// The folder that Load reads, the most bytes of one file, and the most days of one holiday.
const (
	folder  = "calendar"
	maxFile = 64 << 10
	longest = 15
)

// Year is one yearly notice of the State Council.
type Year struct {
	Year   int       `yaml:"year"`
	Notice string    `yaml:"notice"` // its number, for example 国办发明电〔2024〕12号
	Title  string    `yaml:"title"`
	Source string    `yaml:"source"` // https address of the notice
	Off    []Holiday `yaml:"off"`
	Work   []string  `yaml:"work"` // weekend days that are worked, YYYY-MM-DD
	SHA256 string    `yaml:"-"`    // of the file, in hexadecimal
}

// Holiday is one run of days off, both ends included, weekends too. It may begin in the December before.
type Holiday struct {
	Name string `yaml:"name"`
	From string `yaml:"from"` // YYYY-MM-DD
	To   string `yaml:"to"`
}

// Load reads calendar/<year>.yaml of the operator's folder: at least one, strictly. The error tells every problem of all
// files at once, each with its file.
func Load(files fs.FS) (*Calendar, error) {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil, err
	}
	l := loader{files: files, calendar: &Calendar{special: map[day]bool{}}}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") { // editors and systems leave such files
			l.name = path.Join(folder, e.Name())
			l.read()
		}
	}
	if len(entries) == 0 {
		l.name = folder
		l.problem("holds no year")
	}
	if err := errors.Join(l.problems...); err != nil {
		return nil, err
	}
	return l.calendar, nil
}

// loader collects the years and what is wrong with them.
type loader struct {
	files    fs.FS
	name     string // of the file that is being read
	calendar *Calendar
	problems []error
}

func (l *loader) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s: %s", l.name, fmt.Sprintf(format, args...)))
}

func (l *loader) read() {
	var y Year
	text, err := l.text()
	if err == nil {
		err = decode(text, &y)
	}
	if err != nil {
		l.problem("%v", err)
		return
	}
	y.SHA256 = fmt.Sprintf("%x", sha256.Sum256(text))
	l.head(y)
	for _, h := range y.Off {
		l.off(y, h)
	}
	for _, text := range y.Work {
		l.work(y, text)
	}
	l.complete(y)
	l.calendar.years = append(l.calendar.years, y) // ReadDir lists them in order
}

func (l *loader) text() ([]byte, error) {
	f, err := l.files.Open(l.name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("larger than %d KiB", maxFile>>10)
	}
	return text, err
}

func decode(text []byte, y *Year) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(y); err != nil {
		return err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("expected one YAML document")
	}
	return nil
}

// head checks that the file says which notice it is.
func (l *loader) head(y Year) {
	if path.Base(l.name) != strconv.Itoa(y.Year)+".yaml" || y.Year < 2000 || y.Year > 2999 {
		l.problem("a year lives in <year>.yaml; this file says year %d", y.Year)
	}
	if y.Notice == "" || y.Title == "" || !strings.HasPrefix(y.Source, "https://") {
		l.problem("notice, title and source (an https address) say where the days come from")
	}
}

func (l *loader) off(y Year, h Holiday) {
	from, ok := l.date(y, h.From)
	to, also := l.date(y, h.To)
	switch {
	case !ok || !also:
	case h.Name == "" || to < from || to-from >= longest:
		l.problem("%s to %s: expected a name and at most %d days in order", h.From, h.To, longest)
	default:
		for d := from; d <= to; d++ {
			l.mark(d, false)
		}
	}
}

func (l *loader) work(y Year, text string) {
	d, ok := l.date(y, text)
	switch {
	case !ok:
	case d.weekday():
		l.problem("%s is no weekend: only those are worked to make up", text)
	default:
		l.mark(d, true)
	}
}

// date reads a day of the year, or of the December before.
func (l *loader) date(y Year, text string) (day, bool) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() != y.Year && (t.Year() != y.Year-1 || t.Month() != time.December) {
		l.problem("%q is no day of %d written YYYY-MM-DD", text, y.Year)
		return 0, false
	}
	return day(floor(t.Unix(), secondsOfDay)), true
}

func (l *loader) mark(d day, working bool) {
	if _, twice := l.calendar.special[d]; twice {
		l.problem("%s is there twice", d.date().Format(time.DateOnly))
	}
	l.calendar.special[d] = working
}

// complete finds a table that is cut short: the fixed days, which every notice since 2025 has, must be off.
func (l *loader) complete(y Year) {
	for _, d := range fixedDays(y.Year) {
		if working, there := l.calendar.special[d]; y.Year >= 2025 && (!there || working) {
			l.problem("%s must be off", d.date().Format(time.DateOnly))
		}
	}
}
