//go:build tools

// Package tools pins Pulumi's Python language host: `../ensure.py` builds the command that is imported here.
// v3.68.0 is the last version of the SDK's module that has it as a package.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
