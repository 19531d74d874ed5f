package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const usage = "usage: host [OPTION]... MODULE [STEP [, STEP]...]"

// What a command line asks for; the command line is the same for every host.
type job struct {
	args    []string
	env     [][2]string
	dirs    [][2]string
	answers map[string]int64
	texts   map[string][2]int
	fuel    *int64
	limit   time.Duration
	steady  bool
	repeat  int
	module  string
	steps   [][]string
	bytes   []byte
}

func parse(words []string) (*job, error) {
	job := &job{
		args:    []string{"plugin"},
		answers: map[string]int64{},
		texts:   map[string][2]int{},
		limit:   10 * time.Second,
		repeat:  1,
	}
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		if words[0] == "--steady" {
			job.steady, words = true, words[1:]
			continue
		}
		if len(words) < 2 {
			return nil, fmt.Errorf("%s needs a value", words[0])
		}
		if err := job.option(words[0], words[1]); err != nil {
			return nil, err
		}
		words = words[2:]
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%s", usage)
	}
	job.module = words[0]
	return job, job.split(words[1:])
}

func (job *job) option(name, value string) error {
	switch name {
	case "--arg":
		job.args = append(job.args, value)
		return nil
	case "--fuel":
		fuel, err := strconv.ParseInt(value, 10, 64)
		job.fuel = &fuel
		return err
	case "--limit":
		limit, err := strconv.ParseUint(value, 10, 30)
		job.limit = time.Duration(limit) * time.Millisecond
		return err
	case "--repeat":
		repeat, err := strconv.ParseUint(value, 10, 30)
		job.repeat = int(repeat)
		return err
	}
	key, value, found := strings.Cut(value, "=")
	if !found || key == "" {
		return fmt.Errorf("%s needs NAME=VALUE, not %s", name, key)
	}
	switch name {
	case "--env":
		job.env = append(job.env, [2]string{key, value})
	case "--dir":
		job.dirs = append(job.dirs, [2]string{key, value})
	case "--answer":
		answer, err := number(value)
		job.answers[key] = answer.value
		return err
	case "--text":
		start, length, _ := strings.Cut(value, ",")
		one, err := strconv.ParseUint(start, 10, 16)
		if err != nil {
			return err
		}
		other, err := strconv.ParseUint(length, 10, 16)
		job.texts[key] = [2]int{int(one), int(other)}
		return err
	default:
		return fmt.Errorf("no option %s", name)
	}
	return nil
}

func (job *job) split(words []string) error {
	if len(words) == 0 {
		job.steps = [][]string{{"_start"}}
		return nil
	}
	steps := [][]string{{}}
	for _, word := range words {
		if word == "," {
			steps = append(steps, []string{})
		} else {
			steps[len(steps)-1] = append(steps[len(steps)-1], word)
		}
	}
	for _, step := range steps {
		if len(step) == 0 {
			return fmt.Errorf("an empty step")
		}
		if (step[0] == "+write" || step[0] == "+read") && len(step) != 3 {
			return fmt.Errorf("%s needs two words", step[0])
		}
	}
	job.steps = steps
	return nil
}

// A number of WebAssembly's.
type integer struct {
	value int64
	wide  bool
}

// `5` is an i32, `i64:5` an i64.
func number(text string) (integer, error) {
	text, wide := strings.CutPrefix(text, "i64:")
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		// Numbers up to 2^64 are the same bits.
		bits, unsigned := strconv.ParseUint(text, 10, 64)
		if unsigned != nil {
			return integer{}, err
		}
		value = int64(bits)
	}
	if !wide {
		value = int64(int32(value))
	}
	return integer{value, wide}, nil
}
