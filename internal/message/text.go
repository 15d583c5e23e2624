package message

import "strings"

// Text is a message in words.
type Text struct{ Title, Body string }

// In renders a message for reading; lang is zh-CN or en.
func (m Message) In(lang string) Text {
	w := said[m.Kind]
	number := strings.NewReplacer("{number}", m.Refs.Request)
	return Text{Title: w.Title.In(lang), Body: number.Replace(w.Body.In(lang))}
}
