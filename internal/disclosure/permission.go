package disclosure

import "zhiqing/internal/staff"

// What the table of roles says of this package.
const (
	mayRead  staff.Permission = "disclosure.read"
	mayOrder staff.Permission = "disclosure.order" // four eyes
)
