//go:build tools

// Package controlplane pins the oldest control plane that the end-to-end suite builds, and the generator of the source
// file that its module lacks.
package controlplane

import (
	_ "k8s.io/kube-openapi/cmd/openapi-gen"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
