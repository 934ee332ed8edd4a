package fault

import (
	"fmt"
	"runtime/debug"
)

// Guard makes an error of a panic of do. A server outlives the panic of a request's
// own goroutine; one of a goroutine that the request began would end the whole hall.
// The error has the stack, for the log: it is an Internal one, of which a person is
// told nothing.
func Guard(do func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("a goroutine panicked: %v\n%s", p, debug.Stack())
			}
		}()
		return do()
	}
}
