// Plugin snippets pastes the file that a page names into that page. The name comes from whoever wrote the page and
// goes to the host as it is: the plugin trusts the host to refuse, and the host trusts the plugin to ask nicely.
package main

import "unsafe"

const abiMajor, abiMinor = 1, 0

// The largest snippet that a page may hold.
const largest = 64 << 10

var buffers = map[uint32][]byte{}

//go:wasmimport env read_file
func readFile(path unsafe.Pointer, pathLength uint32, out unsafe.Pointer, outLength uint32) int32

//go:wasmexport abi_version
func abiVersion() uint32 {
	return abiMajor<<16 | abiMinor
}

//go:wasmexport alloc
func alloc(size uint32) uint32 {
	if size == 0 {
		size = 1
	}
	return keep(make([]byte, size))
}

//go:wasmexport free
func free(pointer uint32) {
	delete(buffers, pointer)
}

// The result is the address of the snippet in the upper half and its length in the lower one; 0 where there is none.
//
//go:wasmexport run
func run(pointer, length uint32) uint64 {
	name, known := buffers[pointer]
	if !known || length == 0 || uint64(length) > uint64(len(name)) {
		return 0
	}
	text := make([]byte, largest)
	read := readFile(unsafe.Pointer(unsafe.SliceData(name)), length, unsafe.Pointer(unsafe.SliceData(text)), largest)
	if read <= 0 || read > largest {
		return 0
	}
	return uint64(keep(text[:read]))<<32 | uint64(read)
}

func keep(bytes []byte) uint32 {
	address := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
	buffers[address] = bytes
	return address
}

func main() {}
