package profile

import (
	"slices"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
)

// channels are the ways in which a person may be reached, each with a switch of its own.
var channels = []string{"email", "phone", "post", "sms", "wechat"}

// switches is a patch of contact_preferences: nil removes a channel, and what is not named stays.
type switches map[string]*bool

func parseSwitches(path string, sent any, wants fault.Text) (any, []fault.Field) {
	object, ok := sent.(map[string]any)
	if !ok {
		return nil, []fault.Field{{Path: path, Text: wants}}
	}
	patch := make(switches, len(object))
	var wrong []fault.Field
	for name, v := range object {
		on, ok := v.(bool)
		switch {
		case !slices.Contains(channels, name):
			wrong = append(wrong, fault.Field{Path: path + "." + name, Text: unknownField})
		case v == nil:
			patch[name] = nil
		case ok:
			patch[name] = &on
		default:
			wrong = append(wrong, fault.Field{Path: path + "." + name, Text: yesOrNo})
		}
	}
	return patch, wrong
}

// into merges the patch into what is stored ("" = nothing yet).
func (p switches) into(stored []byte) (map[string]bool, error) {
	merged := map[string]bool{}
	if len(stored) > 0 {
		if err := json.Unmarshal(stored, &merged); err != nil {
			return nil, err
		}
	}
	for name, on := range p {
		if on != nil {
			merged[name] = *on
		} else {
			delete(merged, name)
		}
	}
	return merged, nil
}
