package chaos

import (
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// input is what somebody asks of one payment; output what they hear.
type input struct {
	op     string // settle | cancel | look | refund
	amount int64
	key    int // of a refund: asked again, it is the same one
	total  int64
}

type output struct {
	ok      bool
	status  string
	unknown bool // no answer came: it may have happened, now or later
}

// register is a payment as its history must explain it.
type register struct {
	status string // "" while it can still be paid
	back   int64
	keys   uint64 // of refunds that were taken
}

// history is what was asked of one payment, and when.
type history struct {
	mu    sync.Mutex
	began time.Time
	total int64
	ops   []porcupine.Operation
}

func newHistory(began time.Time, total int64) *history { return &history{began: began, total: total} }

// begin notes that something is asked, and gives its place.
func (h *history) begin(in input) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	in.total = h.total
	h.ops = append(h.ops, porcupine.Operation{ClientId: len(h.ops), Input: in, Call: int64(time.Since(h.began)), Return: never, Output: output{unknown: true}})
	return len(h.ops) - 1
}

// never is when something returns of which no answer came.
const never = int64(1) << 62

// end notes an answer. After none the same is asked again, as an operation of its own; what nobody heard was not asked.
func (h *history) end(op int, of heard, out output) int {
	if of.unsent {
		return op
	}
	h.mu.Lock()
	in, _ := h.ops[op].Input.(input)
	out.unknown = !of.known
	h.ops[op].Output = out
	if of.known {
		h.ops[op].Return = int64(time.Since(h.began))
	}
	h.mu.Unlock()
	if of.known || in.op == "look" { // a look that was not answered tells nothing
		return op
	}
	return h.begin(in)
}

// explained tells whether one order of all that happened fits with all that was heard.
func (h *history) explained() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return porcupine.CheckOperations(onePayment, h.ops)
}

// onePayment: it is paid once or cancelled, never both, and no more goes back than came.
var onePayment = porcupine.Model{
	Init: func() any { return register{} },
	Step: func(state, in, out any) (bool, any) {
		s, _ := state.(register)
		i, _ := in.(input)
		o, _ := out.(output)
		return s.step(i, o)
	},
}

func (s register) step(i input, o output) (bool, any) {
	switch i.op {
	case "settle":
		if s.status == "" {
			s.status = "success"
		}
		return true, s
	case "cancel":
		can := s.status == ""
		if can && (o.ok || o.unknown) {
			s.status = "cancelled"
		}
		return o.unknown || o.ok == can, s
	case "look":
		open := o.status == "created" || o.status == "started" || o.status == "submitted"
		return o.unknown || o.status == s.status || s.status == "" && open, s
	case "refund":
		known := s.keys&(1<<i.key) != 0
		can := known || s.status == "success" && s.back+i.amount <= i.total
		if can && !known && (o.ok || o.unknown) {
			s.back, s.keys = s.back+i.amount, s.keys|1<<i.key
		}
		return o.unknown || o.ok == can, s
	}
	return false, s
}
