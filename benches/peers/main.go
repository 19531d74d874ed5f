// How many invocations a second wazero makes of a command and of a Go reactor: compiled once, instantiated for each
// invocation, as a host of untrusted plugins does. Prints one number.
//
//	peers command|reactor MODULE MILLISECONDS
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: peers command|reactor MODULE MILLISECONDS"))
	}
	rate, err := measure(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fail(err)
	}
	fmt.Printf("%.0f\n", rate)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "peers:", err)
	os.Exit(1)
}

func measure(kind, path, milliseconds string) (float64, error) {
	ctx := context.Background()
	bytes, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	limit, err := strconv.Atoi(milliseconds)
	if err != nil {
		return 0, err
	}
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	if _, err := runtime.NewHostModuleBuilder("env").NewFunctionBuilder().
		WithFunc(func(context.Context, api.Module, uint32, uint32) {}).Export("log_message").
		Instantiate(ctx); err != nil {
		return 0, err
	}
	compiled, err := runtime.CompileModule(ctx, bytes)
	if err != nil {
		return 0, err
	}
	once := func() error { return command(ctx, runtime, compiled) }
	if kind == "reactor" {
		once = func() error { return reactor(ctx, runtime, compiled) }
	}
	for range 50 {
		if err := once(); err != nil {
			return 0, err
		}
	}
	count, begun := 0, time.Now()
	for time.Since(begun) < time.Duration(limit)*time.Millisecond {
		if err := once(); err != nil {
			return 0, err
		}
		count++
	}
	return float64(count) / time.Since(begun).Seconds(), nil
}

func command(ctx context.Context, runtime wazero.Runtime, compiled wazero.CompiledModule) error {
	config := wazero.NewModuleConfig().WithName("").WithStdout(io.Discard)
	module, err := runtime.InstantiateModule(ctx, compiled, config)
	if err != nil {
		return err
	}
	return module.Close(ctx)
}

func reactor(ctx context.Context, runtime wazero.Runtime, compiled wazero.CompiledModule) error {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").
		WithSysWalltime().WithSysNanotime()
	module, err := runtime.InstantiateModule(ctx, compiled, config)
	if err != nil {
		return err
	}
	defer module.Close(ctx)
	input := []byte("An Example of a Title")
	at, err := module.ExportedFunction("alloc").Call(ctx, uint64(len(input)))
	if err != nil {
		return err
	}
	if !module.Memory().Write(uint32(at[0]), input) {
		return fmt.Errorf("what the guest allocated is not in its memory")
	}
	_, err = module.ExportedFunction("run").Call(ctx, at[0], uint64(len(input)))
	return err
}
