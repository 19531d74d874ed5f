(component
  (import "wasi:cli/environment@0.2.0" (instance
    (export "get-environment" (func (result (list (tuple string string)))))))
  (import "acme:host/log" (instance (export "write" (func (param "text" string))))))
