package tally

// hide hides the small counts of a line: 1 to 9. A count below 0, which only a crash since the last Recount can leave, is 0.
func hide(counts []int64) []Shown {
	shown := make([]Shown, len(counts))
	for i, n := range counts {
		shown[i] = show(n)
	}
	return shown
}

func show(n int64) Shown {
	switch {
	case n <= 0:
		return Shown{}
	case n < Few:
		return Shown{Few: true}
	}
	return Shown{N: n}
}

// total is the sum of a line, hidden if with the shown counts beside it a hidden one could be told: what is left when they
// are taken away must be the sum of at least two, not all of them 1 and not all of them 9. Lines with the same total must
// each allow it.
func total(lines ...[]int64) Shown {
	sum := int64(0)
	for _, counts := range lines {
		left, hidden := int64(0), int64(0)
		sum = 0
		for _, n := range counts {
			sum += max(n, 0)
			if n > 0 && n < Few {
				left, hidden = left+n, hidden+1
			}
		}
		if hidden > 0 && (hidden < 2 || left < Few || left == hidden || left == hidden*(Few-1)) {
			return Shown{Few: true}
		}
	}
	return Shown{N: sum}
}

// tells reports whether the consents in force tell a hidden total. Where none of them is older than the days that are shown,
// they are what was given less what was withdrawn, and of the three numbers two tell the third.
func tells(given, withdrawn []int64, live int64) bool {
	sum := int64(0)
	for _, n := range given {
		sum += max(n, 0)
	}
	return live <= sum && total(given).Few != total(withdrawn).Few
}

// percent is part of whole in whole per cent; hidden if anything that it is made of is. What is 0 of nothing is 0.
func percent(part Shown, others ...Shown) Shown {
	whole, few := part.N, part.Few
	for _, o := range others {
		whole, few = whole+o.N, few || o.Few
	}
	switch {
	case few:
		return Shown{Few: true}
	case whole == 0:
		return Shown{}
	}
	return Shown{N: (part.N*100 + whole/2) / whole}
}
