// Runs a module in wazero and prints one line of JSON: what ../README.md says.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// What is waited beyond the limit for wazero to end the guest by itself.
const grace = 300 * time.Millisecond

func main() {
	job, err := parse(os.Args[1:])
	if err == nil {
		job.bytes, err = os.ReadFile(job.module)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(2)
	}
	var once sync.Once
	print := func(outcome *outcome) {
		once.Do(func() {
			line, err := json.Marshal(outcome)
			if err != nil {
				fmt.Fprintln(os.Stderr, "host:", err)
				os.Exit(2)
			}
			os.Stdout.Write(append(line, '\n'))
			os.Exit(0)
		})
	}
	// A function of the host's that waits is not ended by wazero.
	time.AfterFunc(job.limit+grace, func() {
		outcome := blank()
		outcome.timeout(job)
		print(outcome)
	})
	print(run(job))
}
