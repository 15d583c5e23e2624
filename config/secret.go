package config

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that opens something. It prints as [redacted] in fmt, slog, JSON and YAML. fmt cannot ask the
// unexported fields of a struct to hide themselves, so keep a Secret in an exported field or do not print the struct.
type Secret string

// Reveal returns the text, for the one call that needs it. Never put it into a log, an error or a URL that is printed.
func (s Secret) Reveal() string { return string(s) }

// String, GoString, Format, LogValue and MarshalText (JSON and YAML) keep the text out of every ordinary way of printing.
func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(redacted)) }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
