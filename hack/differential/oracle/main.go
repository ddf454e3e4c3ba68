// Renders templates with the real Helm engine: JSON lines in, JSON lines out.
//
// In:  {"template": "…", "values": "YAML of values.yaml"}, both in base64.
// Out: {"output": "…"} or {"error": "…"}, base64 too, since Go's strings may be any bytes; {"late": true}, after which
// it ends, when a template does not end.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

type question struct {
	Template []byte `json:"template"`
	Values   []byte `json:"values"`
}

type answer struct {
	Output []byte `json:"output,omitempty"`
	Error  []byte `json:"error,omitempty"`
	Late   bool   `json:"late,omitempty"`
}

const metadata = "apiVersion: v2\nname: facts\nversion: 0.1.0\nappVersion: \"9.9\"\nkeywords: [a, b]\nannotations: {x: y}\n"

const helpers = `{{- define "h.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end -}}{{- define "h.echo" }}[{{ . }}]{{ end }}`

// address is what our engine prints for every pointer (lib/helm/template/format-value.ts). `.Capabilities` is the one
// pointer that templates can print here, and differs from build to build; put there, it can be compared too.
const address = 0xc100000000

var capabilities = capabilitiesAt(address)

func capabilitiesAt(place uintptr) *chartutil.Capabilities {
	size := unsafe.Sizeof(chartutil.Capabilities{})
	flags := unix.MAP_ANON | unix.MAP_PRIVATE | unix.MAP_FIXED
	memory, err := unix.MmapPtr(-1, 0, unsafe.Pointer(place), size, unix.PROT_READ|unix.PROT_WRITE, flags)
	if err != nil {
		fmt.Fprintln(os.Stderr, "no memory at the address:", err)
		os.Exit(1)
	}
	// What it holds stays reachable by the original, of which the collector knows.
	made := (*chartutil.Capabilities)(memory)
	*made = *chartutil.DefaultCapabilities
	return made
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var asked question
			if err := json.Unmarshal(line, &asked); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			written, err := json.Marshal(renderInTime(asked))
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			out.Write(append(written, '\n'))
			if late {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// late says that a rendering did not end in time. It cannot be stopped; whoever asked starts another process.
var late bool

func renderInTime(asked question) answer {
	done := make(chan answer, 1)
	go func() { done <- render(asked) }()
	select {
	case given := <-done:
		return given
	case <-time.After(2 * time.Second):
		late = true
		return answer{Late: true}
	}
}

func render(asked question) (given answer) {
	defer func() {
		if panicked := recover(); panicked != nil {
			given = answer{Error: fmt.Appendf(nil, "panic: %v\n%s", panicked, debug.Stack())}
		}
	}()
	made, err := loader.LoadFiles([]*loader.BufferedFile{
		{Name: "Chart.yaml", Data: []byte(metadata)},
		{Name: "values.yaml", Data: asked.Values},
		{Name: "templates/_h.tpl", Data: []byte(helpers)},
		{Name: "templates/t.yaml", Data: asked.Template},
		{Name: "conf/a.txt", Data: []byte("A1\nA2\n")},
		{Name: "conf/b.bin", Data: []byte{0xff, 0x00, 0xc3, 0xa9, 0x80}},
	})
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	options := chartutil.ReleaseOptions{Name: "rel", Namespace: "ns", Revision: 1, IsInstall: true}
	top, err := chartutil.ToRenderValues(made, map[string]interface{}{}, options, capabilities)
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	rendered, err := engine.Render(made, top)
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	return answer{Output: []byte(rendered["facts/templates/t.yaml"])}
}
