;; Declares 2 GiB to begin with.
(module
  (memory (export "memory") 32768 32768)
  (func (export "_start")))
