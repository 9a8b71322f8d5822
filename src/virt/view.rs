//! Files of the host, seen in part: nothing can be changed, or only some folders are there.
//!
//! Descriptors stay the host's, so that what keeps a path inside of its folder is the host,
//! and nothing here looks at paths that a program asks for.

use super::adapter::Adapter;
use super::deny::{label, refusal, signature as of};
use super::error::VirtError;
use super::make::{Code, Const, Fn, Maker, behind, ty};
use super::spec::View;
use crate::binary::abi::{Params, Pointer};
use crate::binary::world::{Signature, TypePath, ValueType, World};
use std::sync::Arc;
use wasm_encoder::{BlockType, Instruction as I, MemArg, ValType};

/// Functions of `wasi:filesystem/types` that change something, without `[method]descriptor.`.
const CHANGES: &[&str] = &[
    "write-via-stream",
    "append-via-stream",
    "set-size",
    "set-times",
    "set-times-at",
    "write",
    "create-directory-at",
    "link-at",
    "remove-directory-at",
    "rename-at",
    "symlink-at",
    "unlink-file-at",
];

/// Functions that change nothing. What is in neither list is not known, and not handed on.
const READS: &[&str] = &[
    "read-via-stream",
    "advise",
    "sync-data",
    "get-type",
    "read",
    "read-directory",
    "sync",
    "stat",
    "stat-at",
    "readlink-at",
    "is-same-object",
    "metadata-hash",
    "metadata-hash-at",
];

const OPEN: &str = "[method]descriptor.open-at";
const FLAGS: &str = "[method]descriptor.get-flags";

/// The functions that make a difference.
pub(super) const TYPES: &[&str] = &[OPEN, FLAGS];
pub(super) const PREOPENS: &[&str] = &["get-directories"];

/// What of the flags of `open-at` changes something, and of those of a descriptor.
const OPEN_CHANGES: &[&str] = &["create", "truncate"];
const WRITES: &[&str] = &["write"];
const MUTATES: &[&str] = &["write", "mutate-directory"];

/// `wasi:filesystem/types` without anything that changes files.
pub(super) fn read_only(world: &World, item: &str) -> Result<Adapter, VirtError> {
    let mut maker = Maker::around(world, item)?;
    for (name, signature) in maker.functions() {
        let method = name.strip_prefix("[method]descriptor.");
        match method {
            Some("open-at") => open(&mut maker, name, signature)?,
            Some("get-flags") => flags(&mut maker, name, signature)?,
            Some(method) if CHANGES.contains(&method) => {
                let has_stream = signature.params.iter().any(|(_, of)| {
                    matches!(
                        behind(world, of),
                        ValueType::Stream(_) | ValueType::Future(_)
                    )
                });
                let value = refused(world, signature);
                let value = value.filter(|_| !has_stream).ok_or_else(|| {
                    maker.unsupported(format!(
                        "`{name}` is `{signature}`, which cannot be refused"
                    ))
                })?;
                maker.constant(name, signature, Some(&value))?;
            }
            Some(method) if READS.contains(&method) => maker.hand_on(name, signature)?,
            None => maker.hand_on(name, signature)?,
            Some(_) => return Err(maker.unsupported(format!("`{name}` is not known"))),
        }
    }
    maker.build(&label(item))
}

fn refused(world: &World, signature: &Signature) -> Option<Const> {
    let ValueType::Result(_, Some(error)) = behind(world, signature.result.as_deref()?) else {
        return None;
    };
    let (_, value) = refusal(world, error)?;
    Some(Const::Case(1, Some(Box::new(value))))
}

/// The bits of some flags, by their names.
fn bits(world: &World, of: &ValueType, wanted: &[&str]) -> Option<u32> {
    let ValueType::Flags(names) = behind(world, of) else {
        return None;
    };
    let names = names.iter().take(32).enumerate();
    let set = names.filter(|(_, name)| wanted.contains(&name.as_str()));
    Some(set.fold(0, |bits, (position, _)| bits | 1 << position))
}

/// The core parameter and the bits of a parameter that is a set of flags.
fn flag_param(
    maker: &Maker<'_>,
    signature: &Signature,
    places: &Params,
    name: &str,
    wanted: &[&str],
) -> Option<(u32, u32)> {
    let mut params = signature.params.iter();
    let position = params.position(|(param, _)| param == name)?;
    let (_, of) = signature.params.get(position)?;
    let Params::Flat(places) = places else {
        return None;
    };
    let place = *places.get(position)? as u32;
    Some((place, bits(maker.world, of, wanted)?))
}

/// Opening, unless it makes or changes a file.
fn open(maker: &mut Maker<'_>, name: &str, signature: &Arc<Signature>) -> Result<(), VirtError> {
    let (mut code, shape) = maker.begin_passing(signature);
    let odd = || VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: format!("`{name}` is `{signature}`"),
    };
    let param = |name, wanted| flag_param(maker, signature, &shape.places, name, wanted);
    let (how, changes) = param("open-flags", OPEN_CHANGES).ok_or_else(odd)?;
    let (flags, writes) = param("flags", WRITES).ok_or_else(odd)?;
    let (_, mutates) = param("flags", MUTATES).ok_or_else(odd)?;
    let refused = refused(maker.world, signature).ok_or_else(odd)?;
    code.get(how).i32(changes).op(I::I32And);
    code.get(flags).i32(writes).op(I::I32And);
    code.op(I::I32Or).when();
    maker.drop_params(&mut code, signature, &shape);
    maker.answer_constant(&mut code, name, signature, &shape, Some(&refused))?;
    code.end();
    code.get(flags).i32(!mutates).op(I::I32And).set(flags);
    let args: Vec<u32> = (0..code.param_count()).collect();
    maker.pass_on(&mut code, name, signature, &shape, &args)?;
    maker.finish(name, signature, code)
}

/// The flags of a descriptor, without those for changes.
fn flags(maker: &mut Maker<'_>, name: &str, signature: &Arc<Signature>) -> Result<(), VirtError> {
    // At 0.3 whoever asks is told what the host says: it may say more than is allowed.
    if signature.is_async {
        return maker.hand_on(name, signature);
    }
    let odd = || VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: format!("`{name}` is `{signature}`"),
    };
    let result = signature.result.as_deref().ok_or_else(odd)?;
    let ValueType::Result(Some(ok), _) = behind(maker.world, result) else {
        return Err(odd());
    };
    let mutates = bits(maker.world, ok, MUTATES).ok_or_else(odd)?;
    let whole = ty(maker.world, result);
    let layout = whole.layout(Pointer::Narrow);
    let payload = whole.discriminant(Pointer::Narrow).ok_or_else(odd)?.payload as u32;
    let (size, align) = (layout.size, layout.align);
    let answer = maker.reserve(size, align)?;
    let outside = maker.outside(name, signature);
    let (mut code, shape) = maker.begin(signature);
    let at = code.local(ValType::I32);
    code.get(0).i32(answer).call(outside).i32(answer).set(at);
    code.load8(at, 0).op(I::I32Eqz).when();
    code.get(at).load8(at, payload).i32(!mutates).op(I::I32And);
    code.op(I::I32Store8(MemArg {
        offset: u64::from(payload),
        align: 0,
        memory_index: 0,
    }));
    code.end();
    maker.drop_borrowed(&mut code, signature, &shape);
    code.forget().get(at);
    maker.finish(name, signature, code)
}

/// What is known of opening a folder.
struct Opening {
    /// Where the descriptor or the error stands in the answer.
    payload: u32,
    /// Only a folder is opened.
    directory: u32,
    /// To read it, and to change what is in it.
    read: u32,
    mutate: u32,
}

/// `wasi:filesystem/preopens` with some folders instead of those of the host.
pub(super) fn folders(
    world: &World,
    item: &str,
    view: &View,
    folders: &[(String, String)],
) -> Result<Adapter, VirtError> {
    let mut maker = Maker::around(world, item)?;
    for (name, signature) in maker.functions() {
        match name {
            "get-directories" => directories(&mut maker, name, signature, view, folders)?,
            _ => return Err(maker.unsupported(format!("the function `{name}`"))),
        }
    }
    maker.build(&label(item))
}

fn directories(
    maker: &mut Maker<'_>,
    name: &str,
    signature: &Arc<Signature>,
    view: &View,
    folders: &[(String, String)],
) -> Result<(), VirtError> {
    let world = maker.world;
    let odd = |what: &str| VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: what.to_string(),
    };
    let descriptor = descriptor(world, signature)
        .ok_or_else(|| odd("its result"))?
        .clone();
    let open = of(world, &descriptor.item, OPEN);
    let open = open.ok_or_else(|| odd("the component never opens anything in a folder"))?;
    let open = Arc::clone(open);
    let opening = opening(world, &open).ok_or_else(|| odd("`open-at` at this version"))?;
    let list = maker.reserve(8, 4)?;
    let answer = maker.reserve(8, 4)?;
    let result = maker.reserve(8, 4)?;
    let given = maker.reserve(ENTRY * folders.len() as u64, 4)?;
    let here = maker.bytes(b".")?;
    let rest = rest(maker);
    let outside = maker.outside(name, signature);
    let open = maker.outside_of(&descriptor.item, OPEN, &open);
    let drop = maker.drop_of(&descriptor)?;

    let (mut code, _) = maker.begin(signature);
    let mut local = || code.local(ValType::I32);
    let (entry, left, best, where_) = (local(), local(), local(), local());
    let (path, length, here_is, out) = (local(), local(), local(), local());
    code.i32(list).call(outside);
    code.i32(given).set(out);
    for (guest, host) in folders {
        let guest_at = maker.bytes(guest.as_bytes())?;
        let host_at = maker.bytes(host.as_bytes())?;
        let host_length = host.len() as u32;
        // The folder of the host whose name is the longest that the path begins with.
        code.i32(0).set(best).i32(0).set(where_);
        each(&mut code, list, (entry, left), |code| {
            code.i32(host_at).i32(host_length);
            code.load(entry, 4).load(entry, 8).call(rest);
            code.op(I::LocalTee(here_is))
                .get(where_)
                .op(I::I32GtU)
                .when();
            code.get(here_is).set(where_).get(entry).set(best).end();
        });
        code.block();
        code.get(best).ops([I::I32Eqz, I::BrIf(0)]);
        // `where_` is one more than what of the path the folder has used up.
        code.i32(host_at)
            .get(where_)
            .op(I::I32Add)
            .i32(1)
            .op(I::I32Sub)
            .set(path);
        code.i32(host_length + 1)
            .get(where_)
            .op(I::I32Sub)
            .set(length);
        code.get(length).op(I::I32Eqz).when();
        code.i32(here).set(path).i32(1).set(length).end();
        let ask = |code: &mut Code, flags: u32| {
            code.load(best, 0).i32(0).get(path).get(length);
            code.i32(opening.directory)
                .i32(flags)
                .i32(answer)
                .call(open);
            code.i32(answer).set(here_is);
        };
        if view.read_only {
            ask(&mut code, opening.read);
        } else {
            // A folder that the host gives for reading only is opened for that.
            ask(&mut code, opening.read | opening.mutate);
            code.load8(here_is, 0).when();
            ask(&mut code, opening.read);
            code.end();
        }
        code.load8(here_is, 0).op(I::BrIf(0));
        code.get(out).load(here_is, opening.payload).store(0);
        code.get(out).i32(guest_at).store(4);
        code.get(out).i32(guest.len() as u32).store(8);
        code.advance(out, ENTRY as u32).end();
    }
    each(&mut code, list, (entry, left), |code| {
        code.load(entry, 0).call(drop);
    });
    code.i32(result).i32(given).store(0);
    code.i32(result).get(out).i32(given).op(I::I32Sub);
    code.i32(ENTRY as u32).op(I::I32DivU).store(4);
    code.forget().i32(result);
    maker.finish(name, signature, code)
}

/// Bytes of a descriptor and a name in a list.
const ENTRY: u64 = 12;

/// Goes through the entries of a list.
fn each(code: &mut Code, list: u32, (entry, left): (u32, u32), body: impl FnOnce(&mut Code)) {
    code.i32(list).set(entry);
    code.load(entry, 4).set(left).load(entry, 0).set(entry);
    code.block().repeat();
    code.get(left).ops([I::I32Eqz, I::BrIf(1)]);
    body(code);
    code.advance(entry, ENTRY as u32);
    code.get(left).i32(1).op(I::I32Sub).set(left);
    code.op(I::Br(0)).end().end();
}

/// The resource in `list<tuple<descriptor, string>>`.
fn descriptor<'w>(world: &'w World, signature: &'w Signature) -> Option<&'w TypePath> {
    let ValueType::List(of) = behind(world, signature.result.as_deref()?) else {
        return None;
    };
    let ValueType::Tuple(types) = behind(world, of) else {
        return None;
    };
    match behind(world, types.first()?) {
        ValueType::Own(path) => Some(world.origin(path)),
        _ => None,
    }
}

fn opening(world: &World, open: &Signature) -> Option<Opening> {
    let param = |name: &str, wanted: &[&str]| {
        let mut params = open.params.iter();
        let (_, of) = params.find(|(param, _)| param == name)?;
        bits(world, of, wanted)
    };
    let result = ty(world, open.result.as_deref()?);
    let names: Vec<&str> = open.params.iter().map(|(name, _)| name.as_str()).collect();
    let known = ["self", "path-flags", "path", "open-flags", "flags"];
    (!open.is_async && names == known).then_some(Opening {
        payload: result.discriminant(Pointer::Narrow)?.payload as u32,
        directory: param("open-flags", &["directory"])?,
        read: param("flags", &["read"])?,
        mutate: param("flags", &["mutate-directory"])?,
    })
}

/// `(path, length, name, length) → number`: 0 if a path is not inside of the folder of a name;
/// else one more than how much of the path leads there.
fn rest(maker: &mut Maker<'_>) -> Fn {
    let mut code = Code::new(vec![ValType::I32; 4], vec![ValType::I32]);
    let (path, length, name, named) = (0, 1, 2, 3);
    let at = code.local(ValType::I32);
    let byte = |code: &mut Code, text: u32, at: u32| {
        let here = MemArg {
            offset: 0,
            align: 0,
            memory_index: 0,
        };
        code.get(text).get(at).op(I::I32Add).op(I::I32Load8U(here));
    };
    // `.` is what every relative path is in.
    code.get(named).i32(1).op(I::I32Eq).when();
    code.load8(name, 0).i32(u32::from(b'.')).op(I::I32Eq).when();
    code.load8(path, 0)
        .i32(u32::from(b'/'))
        .op(I::I32Ne)
        .op(I::Return);
    code.end().end();
    code.get(named).get(length).op(I::I32GtU).when();
    code.i32(0).op(I::Return).end();
    code.block().repeat();
    code.get(at).get(named).ops([I::I32GeU, I::BrIf(1)]);
    byte(&mut code, path, at);
    byte(&mut code, name, at);
    code.op(I::I32Ne).when().i32(0).op(I::Return).end();
    code.advance(at, 1).op(I::Br(0)).end().end();
    code.get(named).get(length).op(I::I32Eq).when();
    code.get(length).i32(1).op(I::I32Add).op(I::Return).end();
    // A name that ends with `/`, or one that the path goes on after with one.
    code.get(named).op(I::If(BlockType::Empty));
    code.get(named).i32(1).op(I::I32Sub).set(at);
    byte(&mut code, name, at);
    code.i32(u32::from(b'/')).op(I::I32Eq).when();
    code.get(named)
        .i32(1)
        .op(I::I32Add)
        .op(I::Return)
        .end()
        .end();
    byte(&mut code, path, named);
    code.i32(u32::from(b'/')).op(I::I32Eq).when();
    code.get(named).i32(2).op(I::I32Add).op(I::Return).end();
    code.i32(0);
    maker.helper(code)
}

/// What is wrong with a view, by itself: paths of the component are absolute, and those of the
/// host go straight to their folder.
pub(super) fn check(view: &View) -> Result<(), VirtError> {
    let folders = view.folders.iter().flatten();
    for (guest, host) in folders.clone() {
        let plain = |path: &str| {
            let path = path.strip_prefix('/').unwrap_or(path);
            path.is_empty() || path.split('/').all(|part| !matches!(part, "" | "." | ".."))
        };
        let good = |path: &str| plain(path) && !path.contains('\0');
        if !guest.starts_with('/') || !good(guest) {
            let message = format!(
                "`{}` is no folder of a component: it has to begin with `/`, without `.`, `..` or \
                 empty parts",
                guest.escape_debug()
            );
            return Err(VirtError::Value(message));
        }
        if host.is_empty() || (!good(host) && host != ".") {
            let message = format!(
                "`{}` is no folder of the host: it has to be without `.`, `..` or empty parts",
                host.escape_debug()
            );
            return Err(VirtError::Value(message));
        }
        let mut same = folders.clone().filter(|(other, _)| other == guest);
        if same.nth(1).is_some() {
            let message = format!("the folder `{guest}` is given twice");
            return Err(VirtError::Contradiction(message));
        }
    }
    Ok(())
}
