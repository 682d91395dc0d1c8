//go:build tools

// Package tools pins the Pulumi CLI: `../ensure.py` builds the command that is imported here.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
