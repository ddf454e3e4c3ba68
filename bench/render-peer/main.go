// Renders a chart again and again with Helm's engine and prints one JSON line: milliseconds of each round, memory.
//
//	render-peer CHART_FOLDER SECONDS
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

type result struct {
	RoundsMs []float64 `json:"roundsMs"`
	Files    int       `json:"files"`
	Bytes    int       `json:"bytes"`
	// CpuMs is processor time a round, of all threads.
	CpuMs float64 `json:"cpuMs"`
	RssMb float64 `json:"rssMb"`
}

func main() {
	measured, err := measure(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(measured)
}

func measure(folder, seconds string) (*result, error) {
	limit, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		return nil, err
	}
	loaded, err := loader.Load(folder)
	if err != nil {
		return nil, err
	}
	none := map[string]interface{}{}
	if err := chartutil.ProcessDependenciesWithMerge(loaded, none); err != nil {
		return nil, err
	}
	options := chartutil.ReleaseOptions{Name: "rel", Namespace: "ns", Revision: 1, IsInstall: true}
	measured := &result{}
	var before, usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		return nil, err
	}
	for start := time.Now(); time.Since(start).Seconds() < limit || len(measured.RoundsMs) < 5; {
		began := time.Now()
		top, err := chartutil.ToRenderValues(loaded, none, options, nil)
		if err != nil {
			return nil, err
		}
		files, err := engine.Render(loaded, top)
		if err != nil {
			return nil, err
		}
		measured.RoundsMs = append(measured.RoundsMs, float64(time.Since(began).Microseconds())/1000)
		measured.Files, measured.Bytes = len(files), 0
		for _, text := range files {
			measured.Bytes += len(text)
		}
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return nil, err
	}
	measured.RssMb = float64(usage.Maxrss) / 1024
	measured.CpuMs = (cpuMs(usage) - cpuMs(before)) / float64(len(measured.RoundsMs))
	return measured, nil
}

func cpuMs(usage syscall.Rusage) float64 {
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}
