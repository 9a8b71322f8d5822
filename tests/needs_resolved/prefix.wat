;; The text of the caller is put behind a literal.
;; patterns: price_*
(component
  (import "wasi:config/store@0.2.0-rc.1" (instance $config
    (type $error-shape (variant (case "upstream" string) (case "io" string)))
    (export "error" (type $error (eq $error-shape)))
    (type $maybe (option string))
    (type $one (result $maybe (error $error)))
    (export "get" (func (param "key" string) (result $one)))))
  (core module $libc
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 32768))
    (func (export "realloc") (param $old i32) (param $old_len i32) (param $align i32)
      (param $len i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $len)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "libc" "memory" (memory 1))
    (import "config" "get" (func $get (param i32 i32 i32)))
    (global $stack (mut i32) (i32.const 65536))
    (data (i32.const 64) "price_")
    (func (export "get") (param $text i32) (param $len i32)
      (local $buffer i32)
      (global.set $stack
        (local.tee $buffer (i32.sub (global.get $stack) (i32.const 64))))
      (memory.copy (local.get $buffer) (i32.const 64) (i32.const 6))
      (memory.copy (i32.add (local.get $buffer) (i32.const 6)) (local.get $text)
        (local.get $len))
      (call $get (local.get $buffer) (i32.add (local.get $len) (i32.const 6)) (i32.const 256))
      (global.set $stack (i32.add (local.get $buffer) (i32.const 64))))
  )
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "config" (instance (export "get" (func $get))))))
  (func (export "get") (param "text" string)
    (canon lift (core func $main "get") (memory $memory) (realloc $realloc)))
)
