;; What fetches the list looks for names that begin with B on the way.
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 8192))
  (func $alloc (param $n i32) (result i32)
    (global.get $top)
    (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $n)) (i32.const 15)) (i32.const -16))))
  ;; The list stands behind the word at 2048.
  (func $init
    (local $list i32) (local $texts i32)
    (if (i32.load (i32.const 2048)) (then (return)))
    (drop (call $sizes (i32.const 2056) (i32.const 2060)))
    (local.set $list (call $alloc (i32.shl (i32.add (i32.load (i32.const 2056)) (i32.const 1)) (i32.const 2))))
    (local.set $texts (call $alloc (i32.load (i32.const 2060))))
    (drop (call $get (local.get $list) (local.get $texts)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load (local.get $list))))
        (if (i32.eq (i32.load8_u (i32.load (local.get $list))) (i32.const 66))
          (then (i32.store (i32.const 2064) (i32.load (local.get $list)))))
        (local.set $list (i32.add (local.get $list) (i32.const 4)))
        (br $next)))
    (local.set $list (i32.sub (local.get $list) (i32.shl (i32.load (i32.const 2056)) (i32.const 2))))
    (i32.store (i32.const 2048) (local.get $list)))
  (func $getenv (param $name i32) (result i32)
    (local $slot i32) (local $entry i32) (local $at i32) (local $c i32)
    (call $init)
    (local.set $slot (i32.load (i32.const 2048)))
    (if (i32.eqz (i32.load8_u (local.get $name))) (then (return (i32.const 0))))
    (loop $entries
      (local.set $entry (i32.load (local.get $slot)))
      (if (i32.eqz (local.get $entry)) (then (return (i32.const 0))))
      (local.set $at (local.get $name))
      (block $other
        (loop $next
          (local.set $c (i32.load8_u (local.get $at)))
          (br_if $other (i32.eq (local.get $c) (i32.const 61)))
          (if (i32.eqz (local.get $c))
            (then
              (br_if $other (i32.ne (i32.load8_u (local.get $entry)) (i32.const 61)))
              (return (i32.add (local.get $entry) (i32.const 1)))))
          (br_if $other (i32.ne (local.get $c) (i32.load8_u (local.get $entry))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $entry (i32.add (local.get $entry) (i32.const 1)))
          (br $next)))
      (local.set $slot (i32.add (local.get $slot) (i32.const 4)))
      (br $entries))
    (unreachable))
  (func (export "_start") (drop (call $getenv (i32.const 1024))))
  (data (i32.const 1024) "ALPHA\00BETA\00")
)
