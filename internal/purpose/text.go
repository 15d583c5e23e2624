package purpose

// Text is one text in the two languages that the product speaks.
type Text struct {
	ZH string `yaml:"zh-CN" json:"zh-CN"`
	EN string `yaml:"en" json:"en"`
}

// In returns the English text for lang "en" and the Chinese one otherwise.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// IsZero reports whether nothing is said in either language.
func (t Text) IsZero() bool { return t == Text{} }
