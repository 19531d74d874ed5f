package main

import (
	"context"
	"strconv"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// What a module imports: WASI of wazero's own, everything else a function that writes down how it was called.
func link(ctx context.Context, runtime wazero.Runtime, compiled wazero.CompiledModule, job *job, outcome *outcome) error {
	builders, wasi := map[string]wazero.HostModuleBuilder{}, false
	for _, function := range compiled.ImportedFunctions() {
		module, name, _ := function.Import()
		if module == wasi_snapshot_preview1.ModuleName {
			wasi = true
			continue
		}
		if builders[module] == nil {
			builders[module] = runtime.NewHostModuleBuilder(module)
		}
		stub := stub(module+"."+name, function, job, outcome)
		builders[module].NewFunctionBuilder().
			WithGoModuleFunction(stub, function.ParamTypes(), function.ResultTypes()).Export(name)
	}
	if wasi {
		builder := runtime.NewHostModuleBuilder(wasi_snapshot_preview1.ModuleName)
		wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(builder)
		if job.steady {
			steady(builder)
		}
		builders[wasi_snapshot_preview1.ModuleName] = builder
	}
	for _, builder := range builders {
		if _, err := builder.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Writes down how it is called, and gives a fixed answer.
func stub(key string, function api.FunctionDefinition, job *job, outcome *outcome) api.GoModuleFunc {
	types, results := function.ParamTypes(), len(function.ResultTypes())
	return func(_ context.Context, module api.Module, stack []uint64) {
		outcome.Called++
		if len(outcome.Calls) < recorded {
			call := []string{key}
			for index, ty := range types {
				value := int64(stack[index])
				if ty == api.ValueTypeI32 {
					value = int64(api.DecodeI32(stack[index]))
				}
				call = append(call, strconv.FormatInt(value, 10))
			}
			if described, is := job.texts[key]; is {
				call = append(call, text(module, stack, described))
			}
			outcome.Calls = append(outcome.Calls, call)
		}
		for index := range results {
			stack[index] = uint64(job.answers[key])
		}
	}
}

// The bytes of an argument, one letter each.
func text(module api.Module, stack []uint64, described [2]int) string {
	memory := module.ExportedMemory("memory")
	if memory == nil || max(described[0], described[1]) >= len(stack) {
		return "<no memory>"
	}
	start, length := uint32(stack[described[0]]), uint32(stack[described[1]])
	if uint64(start)+uint64(length) > uint64(memory.Size()) {
		return "<outside>"
	}
	bytes, _ := memory.Read(start, min(length, 256))
	letters := make([]rune, len(bytes))
	for index, letter := range bytes {
		letters[index] = rune(letter)
	}
	return string(letters)
}
