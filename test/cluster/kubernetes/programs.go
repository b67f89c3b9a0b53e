//go:build tools

// The programs of Kubernetes that test/system/go-tools.ts builds. The module exists because
// k8s.io/kubernetes names its own parts with versions that only its repository has.
package kubernetes

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
