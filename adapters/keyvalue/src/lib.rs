//! `wasi:keyvalue` in memory: every bucket exists, empty at first, and is gone with the program.
//!
//! A core module like `adapters/io`; see there for its form. `increment` counts in decimal
//! text, as wasmtime's own store in memory does.

#![no_std]
#![cfg(target_arch = "wasm32")]

extern crate alloc;

#[path = "../../io/src/abi.rs"]
mod abi;

use abi::{Global, Ret};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Keys and values, sorted by key.
#[derive(Default)]
struct Bucket(Vec<(String, Vec<u8>)>);

type Shared = Rc<RefCell<Bucket>>;

static BUCKETS: Global<Vec<(String, Shared)>> = Global::new(Vec::new());

/// What is wrong: the text of the case `other`.
struct Other(&'static str);

const FULL: Other = Other("no space left");

#[link(wasm_import_module = "own")]
unsafe extern "C" {
    #[link_name = "[new]wasi:keyvalue/store#bucket"]
    fn new(rep: usize) -> u32;
}

impl Bucket {
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(known, _)| known.as_str().cmp(key))
    }

    fn get(&self, key: &str) -> Option<&[u8]> {
        let place = self.place(key).ok()?;
        self.0.get(place).map(|(_, value)| value.as_slice())
    }

    fn set(&mut self, key: &str, value: &[u8]) -> Result<(), Other> {
        let mut own = Vec::new();
        own.try_reserve_exact(value.len()).map_err(|_| FULL)?;
        own.extend_from_slice(value);
        match self.place(key) {
            Ok(place) => {
                if let Some((_, value)) = self.0.get_mut(place) {
                    *value = own;
                }
            }
            Err(place) => {
                self.0.try_reserve(1).map_err(|_| FULL)?;
                self.0.insert(place, (key.to_string(), own));
            }
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        if let Ok(place) = self.place(key) {
            self.0.remove(place);
        }
    }
}

fn this<'a>(rep: usize) -> &'a Shared {
    unsafe { abi::of(rep) }
}

/// A result whose error is `error`, at `offset`.
fn result<T>(offset: usize, outcome: Result<T, Other>, ok: impl FnOnce(Ret, T)) -> usize {
    match outcome {
        Ok(value) => {
            let ret = Ret.byte(0, 0);
            ok(ret, value);
            ret
        }
        // `no-such-store`, `access-denied`, `other`
        Err(Other(text)) => Ret
            .byte(0, 1)
            .byte(offset, 2)
            .list(offset + 4, text.as_bytes()),
    }
    .done()
}

fn unit(outcome: Result<(), Other>) -> usize {
    result(4, outcome, |_, ()| {})
}

/// A list that is a result until the call is over.
fn list<T>(ret: Ret, offset: usize, list: Vec<T>) {
    let (address, length) = abi::keep(list);
    ret.word(offset, address as u32)
        .word(offset + 4, length as u32);
}

#[unsafe(export_name = "wasi:keyvalue/store#open")]
unsafe extern "C" fn open(name: usize, length: usize) -> usize {
    let name = unsafe { abi::text(name, length) };
    let bucket = BUCKETS.with(|buckets| {
        if let Some((_, bucket)) = buckets.iter().find(|(known, _)| known == name) {
            return Rc::clone(bucket);
        }
        let bucket = Shared::default();
        buckets.push((name.to_string(), Rc::clone(&bucket)));
        bucket
    });
    result(4, Ok(bucket), |ret, bucket| {
        ret.word(4, unsafe { new(abi::leak(bucket)) });
    })
}

#[unsafe(export_name = "[dtor]wasi:keyvalue/store#bucket")]
unsafe extern "C" fn dtor(rep: usize) {
    unsafe { abi::drop_rep::<Shared>(rep) }
}

#[unsafe(export_name = "wasi:keyvalue/store#[method]bucket.get")]
unsafe extern "C" fn get(rep: usize, key: usize, length: usize) -> usize {
    let bucket = this(rep).borrow();
    let value = bucket.get(unsafe { abi::text(key, length) });
    result(4, Ok(value), |ret, value| {
        match value {
            Some(value) => ret.byte(4, 1).list(8, value),
            None => ret.byte(4, 0),
        };
    })
}

#[unsafe(export_name = "wasi:keyvalue/store#[method]bucket.set")]
unsafe extern "C" fn set(
    rep: usize,
    key: usize,
    length: usize,
    value: usize,
    value_length: usize,
) -> usize {
    let key = unsafe { abi::text(key, length) };
    let value = unsafe { abi::bytes(value, value_length) };
    unit(this(rep).borrow_mut().set(key, value))
}

#[unsafe(export_name = "wasi:keyvalue/store#[method]bucket.delete")]
unsafe extern "C" fn delete(rep: usize, key: usize, length: usize) -> usize {
    let key = unsafe { abi::text(key, length) };
    this(rep).borrow_mut().delete(key);
    unit(Ok(()))
}

#[unsafe(export_name = "wasi:keyvalue/store#[method]bucket.exists")]
unsafe extern "C" fn exists(rep: usize, key: usize, length: usize) -> usize {
    let key = unsafe { abi::text(key, length) };
    let found = this(rep).borrow().get(key).is_some();
    result(4, Ok(found), |ret, found| {
        ret.byte(4, u8::from(found));
    })
}

/// All keys from the cursor on; there is no next page.
#[unsafe(export_name = "wasi:keyvalue/store#[method]bucket.list-keys")]
unsafe extern "C" fn list_keys(rep: usize, has_cursor: u32, cursor: u64) -> usize {
    let from = if has_cursor == 0 { 0 } else { cursor };
    let bucket = this(rep).borrow();
    let rest = bucket.0.get(usize::try_from(from).unwrap_or(usize::MAX)..);
    let keys = rest.unwrap_or_default().iter();
    let keys = keys.map(|(key, _)| span(key.as_bytes())).collect();
    result(8, Ok(keys), |ret, keys: Vec<[u32; 2]>| {
        list(ret, 8, keys);
        ret.byte(16, 0);
    })
}

/// A list or text as it is stored in memory.
fn span(bytes: &[u8]) -> [u32; 2] {
    [bytes.as_ptr() as u32, bytes.len() as u32]
}

/// # Safety
/// The canonical ABI gave both numbers for one list of values laid out as `T`.
unsafe fn elements<'a, T>(address: usize, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    unsafe { core::slice::from_raw_parts(address as *const T, length) }
}

fn text<'a>([address, length]: [u32; 2]) -> &'a str {
    unsafe { abi::text(address as usize, length as usize) }
}

/// Zero if there is nothing yet.
#[unsafe(export_name = "wasi:keyvalue/atomics#increment")]
unsafe extern "C" fn increment(rep: usize, key: usize, length: usize, delta: u64) -> usize {
    let key = unsafe { abi::text(key, length) };
    let mut bucket = this(rep).borrow_mut();
    let known = match bucket.get(key) {
        None => Some(0),
        Some(value) => core::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse().ok()),
    };
    let known: Result<u64, Other> = known.ok_or(Other("the value is not a number"));
    let sum = known.and_then(|known| {
        known
            .checked_add(delta)
            .ok_or(Other("the sum is too large"))
    });
    let done = sum.and_then(|sum| {
        bucket.set(key, sum.to_string().as_bytes())?;
        Ok(sum)
    });
    result(8, done, |ret, sum| {
        ret.long(8, sum);
    })
}

#[unsafe(export_name = "wasi:keyvalue/batch#get-many")]
unsafe extern "C" fn get_many(rep: usize, keys: usize, length: usize) -> usize {
    let bucket = this(rep).borrow();
    let keys: &[[u32; 2]] = unsafe { elements(keys, length) };
    let found = keys.iter().map(|key| match bucket.get(text(*key)) {
        Some(value) => {
            let [address, length] = span(value);
            [1, key[0], key[1], address, length]
        }
        None => [0; 5],
    });
    result(4, Ok(found.collect()), |ret, found: Vec<[u32; 5]>| {
        list(ret, 4, found)
    })
}

#[unsafe(export_name = "wasi:keyvalue/batch#set-many")]
unsafe extern "C" fn set_many(rep: usize, pairs: usize, length: usize) -> usize {
    let mut bucket = this(rep).borrow_mut();
    let pairs: &[[u32; 4]] = unsafe { elements(pairs, length) };
    unit(
        pairs
            .iter()
            .try_for_each(|[key, key_length, value, length]| {
                let value = unsafe { abi::bytes(*value as usize, *length as usize) };
                bucket.set(text([*key, *key_length]), value)
            }),
    )
}

#[unsafe(export_name = "wasi:keyvalue/batch#delete-many")]
unsafe extern "C" fn delete_many(rep: usize, keys: usize, length: usize) -> usize {
    let mut bucket = this(rep).borrow_mut();
    let keys: &[[u32; 2]] = unsafe { elements(keys, length) };
    keys.iter().for_each(|key| bucket.delete(text(*key)));
    unit(Ok(()))
}
