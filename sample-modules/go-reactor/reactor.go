// Plugin slugify turns a title into the form that goes into a URL. It keeps to version 1.0 of the host's ABI:
// the host asks `abi_version`, gets a buffer from `alloc`, writes the title, calls `run` and frees both buffers.
package main

import (
	"unicode"
	"unsafe"
)

const abiMajor, abiMinor = 1, 0

// buffers keeps what crosses to the host out of the garbage collector's reach until `free`.
var buffers = map[uint32][]byte{}

//go:wasmimport env log_message
func logMessage(text unsafe.Pointer, length uint32)

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

// The result is the address of the slug in the upper half and its length in the lower one; 0 is a refusal.
//
//go:wasmexport run
func run(pointer, length uint32) uint64 {
	title, known := buffers[pointer]
	if !known || uint64(length) > uint64(len(title)) {
		logLine("the title lies in no buffer of this plugin")
		return 0
	}
	slug := slugify(string(title[:length]))
	if len(slug) == 0 {
		logLine("nothing of the title is left")
		return 0
	}
	return uint64(keep(slug))<<32 | uint64(len(slug))
}

func slugify(title string) []byte {
	slug := make([]byte, 0, len(title))
	for _, letter := range title {
		switch {
		case letter < unicode.MaxASCII && (unicode.IsLetter(letter) || unicode.IsDigit(letter)):
			slug = append(slug, byte(unicode.ToLower(letter)))
		case len(slug) > 0 && slug[len(slug)-1] != '-':
			slug = append(slug, '-')
		}
	}
	if len(slug) > 0 && slug[len(slug)-1] == '-' {
		slug = slug[:len(slug)-1]
	}
	return slug
}

func keep(bytes []byte) uint32 {
	address := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
	buffers[address] = bytes
	return address
}

func logLine(text string) {
	logMessage(unsafe.Pointer(unsafe.StringData(text)), uint32(len(text)))
}

func main() {}
