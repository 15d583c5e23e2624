// Package retention says how long each kind of data is kept, and lets go of it when that time is over.
//
// It owns the rules (one per category and purpose: config/policy/retention.yaml, and for the rest what the purpose itself
// says), the reckoning of periods, the clocks of things that other systems report (collection events: an order was
// completed), legal holds, the sweep over what is over, and the counts that stay where the policy says "anonymise". A
// category is a data item of purposes.yaml.
//
// Of several purposes that keep a thing, the one that keeps it longest decides (policy L32), and Until says which that was
// and which it beat. A period of days, months or years does not count the day on which it starts, ends on the
// corresponding day or, where a month has none, on its last day, at 24:00 in China (民法典 art. 201–203). The rule that a last
// day which is a holiday moves on (art. 203(1)) is for those who must act on it; keeping data is no act, and moving would
// only keep it longer (PIPL art. 19).
//
// It refuses to erase by itself: holders do, behind Eraser. It refuses to know who consented to what: Live tells which
// purposes still need a thing.
//
// Law: PIPL art. 19, 47; 网络数据安全管理条例 art. 21(3), 22(4); 电子商务法 art. 31; 民法典 art. 201–203.
//
// Start at Policy.Until, then Desk.
package retention
