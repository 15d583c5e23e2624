package staff

// CountHashes makes the desk call count at each hash of a password, before it is made.
func (d *Desk) CountHashes(count func()) {
	made := d.hasher.derive
	d.hasher.derive = func(password, salt []byte, c Cost) []byte {
		count()
		return made(password, salt, c)
	}
}
