(module (import "env" "log" (func (param i32 i32))) (memory (export "memory") 1 1))
