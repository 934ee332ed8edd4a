package acceptance

import (
	"os"
	"testing"

	"balai/balaitest"
)

func TestMain(m *testing.M) { os.Exit(balaitest.Main(m)) }
