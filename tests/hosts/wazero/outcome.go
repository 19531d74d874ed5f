package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/sys"
)

const (
	// What is kept of a stream of the guest's.
	streamBytes = 64 * 1024
	// How many calls and steps are written down; the others are counted.
	recorded = 1000
)

// What a job comes to.
type outcome struct {
	Host    string     `json:"host"`
	Ended   string     `json:"ended"`
	At      string     `json:"at"`
	Kind    string     `json:"kind"`
	Message string     `json:"message"`
	Exit    *uint32    `json:"exit"`
	Steps   []*step    `json:"steps"`
	Read    [][]byte   `json:"read"`
	Called  int        `json:"called"`
	Calls   [][]string `json:"calls"`
	Micros  []int64    `json:"micros"`
	Stdout  []byte     `json:"stdout"`
	Stderr  []byte     `json:"stderr"`
	Cut     bool       `json:"cut"`
}

// One call.
type step struct {
	Name      string   `json:"name"`
	Results   []string `json:"results"`
	Fuel      *string  `json:"fuel"`
	Exhausted *int32   `json:"exhausted"`
}

func blank() *outcome {
	return &outcome{
		Host: "wazero 1.12.0", Ended: "returned",
		Steps: []*step{}, Read: [][]byte{}, Calls: [][]string{}, Micros: []int64{}, Stdout: []byte{}, Stderr: []byte{},
	}
}

func (outcome *outcome) timeout(job *job) {
	outcome.Ended, outcome.Message = "timeout", fmt.Sprintf("more than %d ms", job.limit.Milliseconds())
}

func (outcome *outcome) refused(at string, err error) {
	outcome.Ended, outcome.At, outcome.Message = "refused", at, short(err)
}

// A call that did not return: it exited, ran out of time, or trapped.
func (outcome *outcome) failed(at string, job *job, err error) {
	var exit *sys.ExitError
	if !errors.As(err, &exit) {
		outcome.Ended, outcome.At, outcome.Kind, outcome.Message = "trapped", at, kind(err), short(err)
		return
	}
	code := exit.ExitCode()
	if code == sys.ExitCodeDeadlineExceeded {
		outcome.timeout(job)
		return
	}
	outcome.Ended, outcome.At, outcome.Exit = "exited", at, &code
}

func short(err error) string {
	text := err.Error()
	return text[:min(len(text), 300)]
}

// wazero's words for traps, and ours.
var kinds = []struct{ words, kind string }{
	{"unreachable", "unreachable"},
	{"out of bounds memory access", "memory"},
	{"invalid table access", "table"},
	{"indirect call type mismatch", "table"},
	{"integer divide by zero", "divide"},
	{"integer overflow", "overflow"},
	{"invalid conversion to integer", "conversion"},
	{"stack overflow", "stack"},
}

func kind(err error) string {
	_, words, _ := strings.Cut(err.Error(), "wasm error: ")
	for _, one := range kinds {
		if strings.HasPrefix(words, one.words) {
			return one.kind
		}
	}
	return "other"
}

// A stream of the guest's, of which the beginning is kept.
type bounded struct {
	bytes []byte
	cut   bool
}

func (stream *bounded) Write(bytes []byte) (int, error) {
	kept := min(len(bytes), streamBytes-len(stream.bytes))
	stream.bytes = append(stream.bytes, bytes[:kept]...)
	stream.cut = stream.cut || kept < len(bytes)
	return len(bytes), nil
}
