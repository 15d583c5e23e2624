package purpose

import "slices"

// Stop switches off these purposes and recipients, by their codes, for everybody at once, and everything else on again that the
// files have on. Definitions stay as they are, and so does what people have agreed to. Package halt says what is stopped.
func (c *Catalogue) Stop(purposes, recipients []string) {
	off := func(r Recipient) Recipient {
		r.Enabled = r.Enabled && !slices.Contains(recipients, r.Code)
		return r
	}
	all := slices.Concat(c.written.here, c.written.elsewhere)
	for i := range all {
		p := &all[i]
		p.Enabled = p.Enabled && !slices.Contains(purposes, p.Code)
		p.ToWhom = slices.Clone(p.ToWhom)
		for j, r := range p.ToWhom {
			p.ToWhom[j] = off(r)
		}
	}
	named := slices.Clone(c.written.recipients)
	for i, r := range named {
		named[i] = off(r)
	}
	c.lists.Store(listsOf(all, named))
}

// On reports whether the mini-program's purpose with this code is switched on at this moment. Unlike Get it copies nothing.
func (c *Catalogue) On(code string) bool {
	now := c.now()
	i, ok := now.byCode[code]
	return ok && now.here[i].Enabled
}
