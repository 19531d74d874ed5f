package main

import (
	"context"
	"encoding/binary"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const (
	clockStep  uint64 = 1_000_000
	clockBegin uint64 = 1_700_000_000_000_000_000

	// To read and to write.
	streamRights uint64 = 0x42

	success, badf, fault, inval uint32 = 0, 8, 21, 28
)

// What differs between hosts, made the same: clocks that go on by a step a call, a counted sequence of bytes, and three
// streams of which nothing is known. With these no other descriptor has a state.
func steady(builder wazero.HostModuleBuilder) {
	now, state := clockBegin, uint32(1)
	put := func(module api.Module, at uint32, value uint64) uint32 {
		if !module.Memory().WriteUint64Le(at, value) {
			return fault
		}
		return success
	}
	builder.NewFunctionBuilder().WithFunc(func(_ context.Context, module api.Module, id, at uint32) uint32 {
		if id > 3 {
			return inval
		}
		return put(module, at, clockStep)
	}).Export("clock_res_get")
	builder.NewFunctionBuilder().WithFunc(func(_ context.Context, module api.Module, id uint32, _ uint64, at uint32) uint32 {
		if id > 3 {
			return inval
		}
		now += clockStep
		return put(module, at, now)
	}).Export("clock_time_get")
	builder.NewFunctionBuilder().WithFunc(func(_ context.Context, module api.Module, at, length uint32) uint32 {
		bytes, inside := module.Memory().Read(at, length)
		if !inside {
			return fault
		}
		for index := range bytes {
			state = state*1103515245 + 12345
			bytes[index] = byte(state >> 16)
		}
		return success
	}).Export("random_get")
	builder.NewFunctionBuilder().WithFunc(func(_ context.Context, module api.Module, descriptor, at uint32) uint32 {
		if descriptor > 2 {
			return badf
		}
		bytes, inside := module.Memory().Read(at, 24)
		if !inside {
			return fault
		}
		clear(bytes)
		binary.LittleEndian.PutUint64(bytes[8:], streamRights)
		return success
	}).Export("fd_fdstat_get")
	builder.NewFunctionBuilder().WithFunc(func(_ context.Context, _ api.Module, descriptor, _ uint32) uint32 {
		if descriptor > 2 {
			return badf
		}
		return success
	}).Export("fd_fdstat_set_flags")
}
