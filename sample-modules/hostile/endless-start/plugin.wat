;; Burns processor time before anybody has called it: in its start function.
(module
  (memory (export "memory") 1 1)
  (start $start)
  (func $start (loop $on (br $on)))
  (func (export "_start")))
