// Command externaldns is the Kubernetes project's external-dns, from its published Go modules.
package main

import (
	_ "k8s.io/client-go/plugin/pkg/client/auth"

	"sigs.k8s.io/external-dns/controller"
)

func main() {
	controller.Execute()
}
