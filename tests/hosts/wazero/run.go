package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// An instance, and what is done with it.
type guest struct {
	ctx       context.Context
	job       *job
	outcome   *outcome
	module    api.Module
	fuel      api.MutableGlobal
	exhausted api.MutableGlobal
	last      int64
}

// Compile, link, start, then step by step until one does not return.
func run(job *job) *outcome {
	outcome := blank()
	ctx := context.Background()
	config := wazero.NewRuntimeConfig()
	if job.repeat == 1 {
		// What looks for the end of the time costs time itself: where that is measured, the limit is the process's.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, job.limit)
		defer cancel()
		config = config.WithCloseOnContextDone(true)
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	compiled, err := runtime.CompileModule(ctx, job.bytes)
	if err != nil {
		outcome.refused("compile", err)
		return outcome
	}
	if err := link(ctx, runtime, compiled, job, outcome); err != nil {
		outcome.refused("link", err)
		return outcome
	}
	stdout, stderr := &bounded{bytes: []byte{}}, &bounded{bytes: []byte{}}
	module, err := runtime.InstantiateModule(ctx, compiled, moduleConfig(job, stdout, stderr))
	if err != nil {
		// A start function that traps has wazero's mark of a trap.
		if outcome.failed("start", job, err); outcome.Kind == "other" {
			outcome.Kind = ""
			outcome.refused("link", err)
		}
		return outcome
	}
	guest := &guest{ctx: ctx, job: job, outcome: outcome, module: module}
	guest.fuel, _ = module.ExportedGlobal("ringfence_fuel").(api.MutableGlobal)
	guest.exhausted, _ = module.ExportedGlobal("ringfence_exhausted").(api.MutableGlobal)
	guest.everyStep()
	outcome.Stdout, outcome.Stderr, outcome.Cut = stdout.bytes, stderr.bytes, stdout.cut || stderr.cut
	return outcome
}

func moduleConfig(job *job, stdout, stderr *bounded) wazero.ModuleConfig {
	files := wazero.NewFSConfig()
	for _, dir := range job.dirs {
		files = files.WithDirMount(dir[1], dir[0])
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().
		WithArgs(job.args...).WithFSConfig(files).
		WithStdin(os.Stdin).WithStdout(stdout).WithStderr(stderr).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep()
	for _, variable := range job.env {
		config = config.WithEnv(variable[0], variable[1])
	}
	return config
}

func (guest *guest) everyStep() {
	steps := guest.job.steps
	first := steps[0][0]
	if guest.module.ExportedFunction("_initialize") != nil && first != "_initialize" && first != "_start" {
		steps = append([][]string{{"_initialize"}}, steps...)
	}
	for at, step := range steps {
		times := 1
		if at == len(steps)-1 {
			times = guest.job.repeat
		}
		for range times {
			if !guest.step(step[0], step[1:]) {
				return
			}
		}
	}
}

// Whether it returned.
func (guest *guest) step(name string, words []string) bool {
	var err error
	switch name {
	case "+write":
		err = guest.write(words[0], words[1])
	case "+read":
		err = guest.read(words[0], words[1])
	default:
		function := guest.module.ExportedFunction(name)
		if function == nil {
			err = fmt.Errorf("no function is exported as %s", name)
			break
		}
		var numbers []uint64
		if numbers, err = guest.numbers(function.Definition().ParamTypes(), words); err == nil {
			return guest.call(name, function, numbers)
		}
	}
	if err != nil {
		guest.outcome.refused(name, err)
	}
	return err == nil
}

func (guest *guest) call(name string, function api.Function, numbers []uint64) bool {
	if guest.fuel != nil && guest.exhausted != nil && guest.job.fuel != nil {
		guest.fuel.Set(uint64(*guest.job.fuel))
		guest.exhausted.Set(0)
	}
	begun := time.Now()
	results, err := function.Call(guest.ctx, numbers...)
	if guest.job.repeat > 1 {
		guest.outcome.Micros = append(guest.outcome.Micros, time.Since(begun).Microseconds())
	}
	step := &step{Name: name, Results: []string{}}
	for index, ty := range function.Definition().ResultTypes()[:len(results)] {
		guest.last = int64(results[index])
		if ty == api.ValueTypeI32 {
			guest.last = int64(api.DecodeI32(results[index]))
		}
		step.Results = append(step.Results, strconv.FormatInt(guest.last, 10))
	}
	if len(results) == 0 {
		guest.last = 0
	}
	if guest.fuel != nil && guest.exhausted != nil {
		fuel, exhausted := strconv.FormatInt(int64(guest.fuel.Get()), 10), api.DecodeI32(guest.exhausted.Get())
		step.Fuel, step.Exhausted = &fuel, &exhausted
	}
	if len(guest.outcome.Steps) < recorded {
		guest.outcome.Steps = append(guest.outcome.Steps, step)
	}
	if err != nil {
		guest.outcome.failed(name, guest.job, err)
	}
	return err == nil
}

func (guest *guest) numbers(types []api.ValueType, words []string) ([]uint64, error) {
	if len(types) != len(words) {
		return nil, fmt.Errorf("it takes %d numbers, not %d", len(types), len(words))
	}
	numbers := make([]uint64, 0, len(words))
	for index, word := range words {
		value, err := guest.resolve(word)
		if err != nil {
			return nil, err
		}
		if types[index] == api.ValueTypeI32 {
			numbers = append(numbers, api.EncodeI32(int32(value)))
		} else {
			numbers = append(numbers, uint64(value))
		}
	}
	return numbers, nil
}

// A number, or a part of the last result.
func (guest *guest) resolve(word string) (int64, error) {
	switch word {
	case "@":
		return guest.last, nil
	case "@low":
		return int64(int32(guest.last)), nil
	case "@high":
		return int64(int32(guest.last >> 32)), nil
	}
	value, err := number(word)
	return value.value, err
}

func (guest *guest) write(start, text string) error {
	at, err := guest.resolve(start)
	if err != nil {
		return err
	}
	if memory := guest.module.Memory(); memory == nil || !memory.WriteString(uint32(at), text) {
		return fmt.Errorf("there is no such memory")
	}
	return nil
}

func (guest *guest) read(start, length string) error {
	at, err := guest.resolve(start)
	if err != nil {
		return err
	}
	count, err := guest.resolve(length)
	if err != nil {
		return err
	}
	memory := guest.module.Memory()
	if memory == nil || uint32(count) > streamBytes {
		return fmt.Errorf("there is no such memory")
	}
	bytes, inside := memory.Read(uint32(at), uint32(count))
	if !inside {
		return fmt.Errorf("there is no such memory")
	}
	guest.outcome.Read = append(guest.outcome.Read, append([]byte{}, bytes...))
	return nil
}
