// Module recall hands known texts and numbers to functions of the host, one export a way; ../README.md lists what each
// passes.
package main

import (
	"syscall"
	"unsafe"
)

//go:wasmimport env read_file
func readFile(path string) int32

//go:wasmimport env http_get
func httpGet(url unsafe.Pointer, length uint32) int32

//go:wasmimport env write_file
func writeFile(path, text string) int32

//go:wasmimport env set_mode
func setMode(mode uint32) int32

//go:wasmimport env remove_file
func removeFile(path string) int32

//go:wasmimport env send_text
func sendText(text unsafe.Pointer, length uint32) int32

//go:wasmimport env set_level
func setLevel(level uint32) int32

// said is what each wrapper makes of the host's answer.
func said(answer int32) int32 {
	if answer >= 0 {
		return 1
	}
	return 0
}

// Texts as strings.

func readInlined(path string) int32 { return said(readFile(path)) }

func readInlinedTwice(path string) int32 { return 1 - readInlined(path) }

//go:noinline
func read(path string) int32 { return said(readFile(path)) }

//go:noinline
func readTwice(path string) int32 { return 1 - read(path) }

//go:wasmexport case_direct
func caseDirect() int32 { return readFile("/recall/direct") }

//go:wasmexport case_inlined_wrapper
func caseInlinedWrapper() int32 { return readInlined("/recall/inlined-wrapper") }

//go:wasmexport case_inlined_wrappers
func caseInlinedWrappers() int32 { return readInlinedTwice("/recall/inlined-wrappers") }

//go:wasmexport case_one_wrapper
func caseOneWrapper() int32 {
	return read("/recall/one-wrapper") + read("/recall/one-wrapper/again")
}

//go:wasmexport case_two_wrappers
func caseTwoWrappers() int32 {
	return readTwice("/recall/two-wrappers") + readTwice("/recall/two-wrappers/again")
}

var global = "/recall/global"
var mutableGlobal = "/recall/mutable-global"

//go:wasmexport set_global
func setGlobal(path unsafe.Pointer, length uint32) {
	mutableGlobal = unsafe.String((*byte)(path), length)
}

//go:wasmexport case_global
func caseGlobal() int32 { return readFile(global) }

//go:wasmexport case_mutable_global
func caseMutableGlobal() int32 { return readFile(mutableGlobal) }

var constantTable = [...]string{
	"/recall/constant-table/none",
	"/recall/constant-table/this",
	"/recall/constant-table/neither",
}
var unknownTable = [...]string{
	"/recall/unknown-table/zero",
	"/recall/unknown-table/one",
	"/recall/unknown-table/two-and-last",
}

//go:wasmexport case_table_constant
func caseTableConstant() int32 { return readFile(constantTable[1]) }

//go:wasmexport case_table_unknown
func caseTableUnknown(index uint32) int32 { return readFile(unknownTable[index]) }

//go:wasmexport case_branch
func caseBranch(chosen bool) int32 {
	path := "/recall/branch/otherwise"
	if chosen {
		path = "/recall/branch/yes"
	}
	return readFile(path)
}

//go:wasmexport case_branch_wrapper
func caseBranchWrapper(chosen bool) int32 {
	path := "/recall/branch-wrapper/otherwise"
	if chosen {
		path = "/recall/branch-wrapper/yes"
	}
	return read(path)
}

//go:wasmexport case_slice
func caseSlice() int32 {
	url := "file:///recall/slice"
	return readFile(url[len("file://"):])
}

var reader = read

//go:wasmexport set_reader
func setReader(twice bool) {
	reader = read
	if twice {
		reader = readTwice
	}
}

//go:wasmexport case_indirect
func caseIndirect() int32 { return reader("/recall/indirect") }

//go:wasmexport case_computed_path
func caseComputedPath(path unsafe.Pointer, length uint32) int32 {
	return readFile(unsafe.String((*byte)(path), length))
}

// A second function, by address and length, with wrappers of its own.

//go:noinline
func fetch(url string) int32 {
	return said(httpGet(unsafe.Pointer(unsafe.StringData(url)), uint32(len(url))))
}

//go:noinline
func fetchTwice(url string) int32 { return 1 - fetch(url) }

//go:wasmexport case_url_direct
func caseURLDirect() int32 {
	const url = "https://recall.example/direct"
	return httpGet(unsafe.Pointer(unsafe.StringData(url)), uint32(len(url)))
}

//go:wasmexport case_url_one_wrapper
func caseURLOneWrapper() int32 {
	return fetch("https://recall.example/one-wrapper") + fetch("https://recall.example/one-wrapper/again")
}

//go:wasmexport case_url_two_wrappers
func caseURLTwoWrappers() int32 {
	return fetchTwice("https://recall.example/two-wrappers") + fetchTwice("https://recall.example/two-wrappers/again")
}

// Two texts in one call.

//go:noinline
func write(path, text string) int32 { return said(writeFile(path, text)) }

//go:wasmexport case_two_texts
func caseTwoTexts() int32 { return writeFile("/recall/two-texts", "two texts") }

//go:wasmexport case_two_texts_wrapper
func caseTwoTextsWrapper() int32 {
	return write("/recall/two-texts-wrapper", "two texts, wrapped") +
		write("/recall/two-texts-wrapper/again", "two texts, wrapped again")
}

// Numbers.

//go:noinline
func changeMode(mode uint32) int32 { return said(setMode(mode)) }

//go:noinline
func changeModeTwice(mode uint32) int32 { return 1 - changeMode(mode) }

var mode uint32 = 1701
var constantModes = [...]uint32{1800, 1801, 1802}
var unknownModes = [...]uint32{1901, 1911, 1921}

//go:wasmexport set_global_mode
func setGlobalMode(next uint32) { mode = next }

//go:wasmexport case_number_direct
func caseNumberDirect() int32 { return setMode(1101) }

//go:wasmexport case_number_one_wrapper
func caseNumberOneWrapper() int32 { return changeMode(1201) + changeMode(1211) }

//go:wasmexport case_number_two_wrappers
func caseNumberTwoWrappers() int32 { return changeModeTwice(1301) + changeModeTwice(1311) }

//go:wasmexport case_number_branch
func caseNumberBranch(chosen bool) int32 {
	mode := uint32(1411)
	if chosen {
		mode = 1401
	}
	return setMode(mode)
}

//go:wasmexport case_number_mutable_global
func caseNumberMutableGlobal() int32 { return setMode(mode) }

//go:wasmexport case_number_table_constant
func caseNumberTableConstant() int32 { return setMode(constantModes[1]) }

//go:wasmexport case_number_table_unknown
func caseNumberTableUnknown(index uint32) int32 { return setMode(unknownModes[index]) }

// What is known only when it runs.

var built [32]byte

//go:wasmexport case_computed
func caseComputed(path unsafe.Pointer, length uint32) int32 {
	return removeFile(unsafe.String((*byte)(path), length))
}

//go:wasmexport case_built
func caseBuilt(number uint32) int32 {
	for place := range built {
		built[place] = 'a' + byte(number>>place&15)
	}
	return sendText(unsafe.Pointer(&built), uint32(len(built)))
}

//go:wasmexport case_number_computed
func caseNumberComputed(level uint32) int32 { return setLevel(level * 3) }

// The standard library before WASI.

//go:wasmexport case_library_path
func caseLibraryPath() int32 {
	descriptor, err := syscall.Open("/recall/library-path", syscall.O_RDONLY, 0)
	if err != nil {
		return -1
	}
	return int32(descriptor)
}

//go:wasmexport case_library_exit
func caseLibraryExit() { syscall.Exit(43) }

func main() {}
