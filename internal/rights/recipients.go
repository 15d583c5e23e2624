package rights

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// recipientsFile is what LoadRecipients reads, and maxRecipients the most bytes that it may have.
const (
	recipientsFile = "transfers.yaml"
	maxRecipients  = 256 << 10
)

// Words is one text in the two languages that the product speaks.
type Words struct {
	ZH string `yaml:"zh-CN" bson:"zh"`
	EN string `yaml:"en" bson:"en"`
}

// In returns the English text for lang "en" and the Chinese one otherwise.
func (w Words) In(lang string) string {
	if lang == "en" && w.EN != "" {
		return w.EN
	}
	return w.ZH
}

// Recipient is a company that takes over what a person transfers to it: onboarded by the operator, and shown to the person
// with who it is, how to reach it, what it wants the data for and which kinds (PIPL art. 23, 45(3)).
type Recipient struct {
	Code    string `yaml:"code" bson:"code"`
	Name    Words  `yaml:"name" bson:"name"`
	Licence string `yaml:"licence" bson:"licence"` // 统一社会信用代码, the number of its business licence
	Contact Words  `yaml:"contact" bson:"contact"`
	Purpose Words  `yaml:"purpose" bson:"purpose"`
	Kinds   Words  `yaml:"kinds" bson:"kinds"`
	Sample  bool   `yaml:"sample" bson:"-"`  // nobody real: left out in production
	Enabled bool   `yaml:"enabled" bson:"-"` // false stops transfers to it at once, also those that wait to be fetched
}

// LoadRecipients reads transfers.yaml from the operator's folder, strictly. Without the file nobody is onboarded. The result
// holds those who are enabled; samples only where those are wanted. The error tells all problems at once.
func LoadRecipients(files fs.FS, samples bool) ([]Recipient, error) {
	text, err := fs.ReadFile(files, recipientsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && len(text) > maxRecipients {
		err = fmt.Errorf("larger than %d KiB", maxRecipients>>10)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", recipientsFile, err)
	}
	var written struct {
		Recipients []Recipient `yaml:"recipients"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&written); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", recipientsFile, err)
	}
	if err := checkRecipients(written.Recipients); err != nil {
		return nil, err
	}
	var list []Recipient
	for _, r := range written.Recipients {
		if r.Enabled && (samples || !r.Sample) {
			list = append(list, r)
		}
	}
	return list, nil
}

var (
	codeForm    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	licenceForm = regexp.MustCompile(`^[0-9A-Z]{18}$`) // GB 32100
)

func checkRecipients(list []Recipient) error {
	var problems []error
	seen := map[string]bool{}
	for i, r := range list {
		wrong := func(what string) {
			problems = append(problems, fmt.Errorf("%s: recipients: item %d: %s", recipientsFile, i+1, what))
		}
		if !codeForm.MatchString(r.Code) || seen[r.Code] {
			wrong("code: expected lower-case letters, digits and _, each once")
		}
		seen[r.Code] = true
		if !licenceForm.MatchString(r.Licence) {
			wrong("licence: expected the 18 characters of a business licence")
		}
		for name, words := range map[string]Words{"name": r.Name, "contact": r.Contact, "purpose": r.Purpose, "kinds": r.Kinds} {
			if strings.TrimSpace(words.ZH) == "" || strings.TrimSpace(words.EN) == "" {
				wrong(name + ": a text in zh-CN and one in en are needed")
			}
		}
	}
	return errors.Join(problems...)
}
