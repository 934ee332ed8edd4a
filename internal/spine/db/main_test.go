package db_test

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"
)

// leakFree fails a run after which goroutines of the package live on.
func leakFree(m *testing.M) int {
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Println(err)
		return 1
	}
	return code
}
