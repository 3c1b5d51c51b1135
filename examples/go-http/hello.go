// Package hello is a function that greets its caller.
package hello

import (
	"cmp"
	"fmt"
	"net/http"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

func init() {
	functions.HTTP("Hello", hello)
}

// hello answers `Hello, NAME!`; the name comes from the query (`?name=Ada`), the greeting from the service's environment.
func hello(w http.ResponseWriter, r *http.Request) {
	greeting := cmp.Or(os.Getenv("GREETING"), "Hello")
	name := cmp.Or(r.URL.Query().Get("name"), "world")
	fmt.Fprintf(w, "%s, %s!\n", greeting, name)
}
