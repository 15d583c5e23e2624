package app

import "zhiqing/internal/casework"

// openCasework gives staff their queues.
func (a *App) openCasework() (err error) {
	a.Casework, err = casework.Open(casework.Options{
		Staff: a.Staff, Audit: a.Audit, Requests: a.Rights, Subjects: a.Subjects, Guardians: a.Guardians, Reports: a.Reports,
		Workdays: a.calendar.Between, Now: a.now,
	})
	return err
}
