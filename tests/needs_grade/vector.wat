;; A key that moves through vectors: as a whole, turned round word by word, and its length
;; as a lane.
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
    (global $sp (mut i32) (i32.const 65536))
    (data (i32.const 1040) "VECTOR_KEY_16_LG")
    (func (export "run") (local $at i32) (local $v v128)
      (local.set $at (i32.sub (global.get $sp) (i32.const 32)))
      (global.set $sp (local.get $at))
      (local.set $v (v128.load (i32.const 1040)))
      (v128.store offset=16 (local.get $at) (local.get $v))
      (call $get (i32.add (local.get $at) (i32.const 16)) (i32.const 16) (i32.const 256))
      (local.set $v (i8x16.shuffle 4 5 6 7 0 1 2 3 16 17 18 19 8 9 10 11
        (local.get $v) (i32x4.splat (i32.const 0x5f5f5f5f))))
      (v128.store offset=16 (local.get $at) (local.get $v))
      (call $get
        (i32.add (local.get $at) (i32.const 16))
        (i32x4.extract_lane 2 (v128.const i32x4 1 2 12 4))
        (i32.const 256))
      (v128.store offset=16 (local.get $at) (i32x4.add (local.get $v) (local.get $v)))
      (global.set $sp (i32.add (local.get $at) (i32.const 32)))))
  (core instance $main (instantiate $main (with "libc" (instance $libc)) (with "config" (instance (export "get" (func $get))))))
  (func (export "run") (canon lift (core func $main "run"))))
