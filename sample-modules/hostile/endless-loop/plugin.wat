;; Burns processor time for ever.
(module
  (memory (export "memory") 1 1)
  (func (export "_start") (loop $on (br $on))))
