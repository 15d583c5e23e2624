// Package workday counts China's working days, by which the law's deadlines run.
//
// A working day is Monday to Friday without the State Council's days off, and the weekends that are worked to make up for
// them (调休). Both come from a yearly notice, kept as one file per year in config/policy/calendar. Days are those of
// China: UTC+8, without summer time. A period does not count the day on which it begins (民法典 art. 201), and ends at 24:00
// of its last day (203).
//
// The notice for a year appears in the November before. Until its file is there, weekdays of that year count as working
// except those that are always off, so that a date is rather early than late; what rests on that is marked Provisional.
// A make-up weekend cannot be foreseen, so such a date can still be late by the few that the notice brings: it is
// computed again once the file is there, and whoever was told a date is told of a new one.
//
// It refuses to know what a deadline is for, to keep dates, and to know the time: moments come in.
// Start at Calendar.
package workday
