package observe

// UntoldEmergencies notes how many emergency disclosures the person should have been told of by now (PIPL art. 18(2)).
func (m *Metrics) UntoldEmergencies(n int) { m.untold.Set(float64(n)) }
