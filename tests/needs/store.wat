(component
  (import "wasi:config/store@0.2.0-rc.1" (instance $config
    (type $error-shape (variant (case "upstream" string) (case "io" string)))
    (export "error" (type $error (eq $error-shape)))
    (type $maybe (option string))
    (type $one (result $maybe (error $error)))
    (export "get" (func (param "key" string) (result $one)))
  ))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192)))
  (core module $app
    (import "config" "get" (func $get (param i32 i32 i32)))
    (import "libc" "memory" (memory 1))
    (func (export "run") (result i32) (call $get (i32.const 16) (i32.const 8) (i32.const 256)) (i32.const 0)) (data (i32.const 16) "greeting") (data (i32.const 64) "salutes!")(func (export "patch") (param i32) (result i32) (i64.store (i32.const 16) (i64.const 7)) (i32.const 0))
  )
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "cabi_realloc" (core func $realloc))
  (core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc)))
  (core instance $app (instantiate $app
    (with "config" (instance (export "get" (func $get))))
    (with "libc" (instance $libc))))
  (func (export "run") (result u32) (canon lift (core func $app "run")))
  (func (export "patch") (param "x" u32) (result u32) (canon lift (core func $app "patch")))
)