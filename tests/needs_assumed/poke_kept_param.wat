;; A function keeps the address that it is given in a variable.
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
    (func (export "realloc") (param $old i32) (param $old_len i32) (param $align i32) (param $len i32) (result i32)
      (local $at i32) (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1))) (i32.sub (i32.const 0) (local.get $align)))) (global.set $top (i32.add (local.get $at) (local.get $len))) (local.get $at)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "libc" "memory" (memory 1))
    (import "config" "get" (func $get (param i32 i32 i32)))
    
    (data (i32.const 64) "aaaa")
    (data (i32.const 96) "bbbb")
    (func $keep (param i32) (i32.store (i32.const 700) (local.get 0)))
    (func (export "poke") (call $keep (i32.const 64)) (i32.store (i32.load (i32.const 700)) (i32.const 0x42424242)))
    (func (export "run") (call $get (i32.const 64) (i32.const 4) (i32.const 256))))
  (core instance $main (instantiate $main (with "libc" (instance $libc)) (with "config" (instance (export "get" (func $get))))))
  (func (export "run") (canon lift (core func $main "run")))
  (func (export "poke") (canon lift (core func $main "poke"))))
