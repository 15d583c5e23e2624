package app

import (
	"archive/zip"
	"bytes"
	"context"
	"strings"

	"zhiqing/internal/lookup"
)

// disclosuresOf tells staff what others have received of a person's data.
func (a *App) disclosuresOf(ctx context.Context, id string, limit int) ([]lookup.Disclosure, error) {
	found, _, err := a.Disclosures.List(ctx, id, "", limit)
	list := make([]lookup.Disclosure, 0, len(found))
	for _, x := range found {
		list = append(list, lookup.Disclosure{At: x.At, Recipient: x.Name.ZH, Purpose: x.Purpose.ZH, Fields: x.Fields})
	}
	return list, err
}

// packed names the data files of a package: profile for data/profile.json.
func packed(raw []byte) (names []string, err error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if name, ok := strings.CutPrefix(f.Name, "data/"); ok {
			if name, ok = strings.CutSuffix(name, ".json"); ok && !strings.Contains(name, "/") {
				names = append(names, name)
			}
		}
	}
	return names, nil
}
