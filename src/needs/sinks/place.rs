//! A path of the catalogue → places in core arguments, by the canonical ABI.

use super::render::Render;
use super::{KeyPlace, MismatchReason};
use crate::binary::abi::{Lowered, Params, Pointer};
use crate::binary::{FuncType, StringEncoding, Ty, TyKind};
use crate::catalogue::{Format, Head, ParamPath, Step};
use crate::flow::place::{At, Part, Place, Shape};

/// How many places one path may lead to, through lists of fixed length.
pub(super) const MAX_PLACES: usize = 64;

/// How values are passed.
#[derive(Clone, Copy)]
pub(super) struct Abi {
    pub pointer: Pointer,
    pub encoding: StringEncoding,
}

/// A place relative to the start of a value.
struct Found {
    flat: usize,
    bytes: u64,
    shape: Shape,
    render: Render,
}

/// The places that a path of the catalogue leads to.
pub(super) fn resolve(
    ty: &FuncType,
    lowered: &Lowered,
    path: &ParamPath,
    format: Format,
    abi: Abi,
) -> Result<Vec<(Place, Render)>, MismatchReason> {
    let position = match &path.head {
        Head::Index(index) => Some(*index),
        Head::Name(name) => ty.params.iter().position(|(n, _)| n == name),
    };
    let parameter = position.and_then(|i| Some((i, &ty.params.get(i)?.1)));
    let Some((position, parameter)) = parameter else {
        let has = ty.params.iter().map(|(name, _)| format!("`{name}`"));
        return Err(MismatchReason::NoParameter { has: has.collect() });
    };
    let found = walk(parameter, &path.steps, format, abi)?;
    let places = found.into_iter().map(|found| {
        let at = match &lowered.places {
            Params::Flat(starts) => {
                let start = starts.get(position).ok_or(MismatchReason::NoType)?;
                At::Param(start + found.flat)
            }
            Params::Block(offsets) => {
                let start = offsets.get(position).ok_or(MismatchReason::NoType)?;
                At::Block {
                    param: 0,
                    offset: narrow(start.saturating_add(found.bytes))?,
                }
            }
        };
        let shape = found.shape;
        Ok((Place { at, shape }, found.render))
    });
    places.collect()
}

/// A string in UTF-8 in two parameters of a core function.
pub(super) fn core_text(address: usize) -> KeyPlace {
    KeyPlace {
        parameter: format!("#{address}"),
        place: Place {
            at: At::Param(address),
            shape: Shape::Text(StringEncoding::Utf8),
        },
        render: Render::Text,
    }
}

fn narrow(bytes: u64) -> Result<u32, MismatchReason> {
    u32::try_from(bytes).map_err(|_| MismatchReason::TooLarge)
}

/// Follows the steps into a type. Types nest at most 100 deep, and so does this.
fn walk(ty: &Ty, steps: &[Step], format: Format, abi: Abi) -> Result<Vec<Found>, MismatchReason> {
    // An `option` takes no step.
    if let TyKind::Option(inner) = ty.kind() {
        return case(ty, 1, inner, steps, format, abi);
    }
    let Some((step, rest)) = steps.split_first() else {
        return leaf(ty, format, abi);
    };
    let no_step = || {
        let step = match step {
            Step::Name(name) => format!(".{name}"),
            Step::Index(index) => format!(".{index}"),
            Step::Elements => "[]".to_string(),
        };
        let ty = ty.clone();
        MismatchReason::NoStep { step, ty }
    };
    match (ty.kind(), step) {
        (TyKind::Record(fields), Step::Name(name)) => {
            let position = fields.iter().position(|(n, _)| n == name);
            let position = position.ok_or_else(no_step)?;
            field(ty, position, &fields[position].1, rest, format, abi)
        }
        (TyKind::Tuple(types), Step::Index(index)) => {
            let inner = types.get(*index).ok_or_else(no_step)?;
            field(ty, *index, inner, rest, format, abi)
        }
        (TyKind::Variant(_) | TyKind::Result { .. }, Step::Name(name)) => {
            let cases = ty.kind().cases().unwrap_or_default();
            let position = cases.iter().position(|(n, _)| n == name);
            let position = position.ok_or_else(no_step)?;
            let inner = cases[position].1.ok_or_else(no_step)?;
            case(ty, position, inner, rest, format, abi)
        }
        (TyKind::List(inner), Step::Elements) => elements(inner, rest, format, abi),
        (TyKind::Map { entry, .. }, Step::Elements) => elements(entry, rest, format, abi),
        (TyKind::FixedList(inner, length), Step::Elements) => {
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            fixed(inner, length, rest, format, abi)
        }
        _ => Err(no_step()),
    }
}

/// The end of a path: a string, an integer, or an address.
fn leaf(ty: &Ty, format: Format, abi: Abi) -> Result<Vec<Found>, MismatchReason> {
    let found = |shape, render| {
        vec![Found {
            flat: 0,
            bytes: 0,
            shape,
            render,
        }]
    };
    match (ty.kind(), format) {
        (_, Format::SocketAddress) => address(ty, abi),
        (TyKind::String, Format::Plain) => Ok(found(Shape::Text(abi.encoding), Render::Text)),
        (TyKind::String, Format::Url) => Ok(found(Shape::Text(abi.encoding), Render::Url)),
        (kind, Format::Plain) if is_integer(kind) => {
            let size = narrow(ty.layout(abi.pointer).size)?;
            Ok(found(Shape::Number { size }, Render::Number))
        }
        _ => Err(MismatchReason::NotAName { ty: ty.clone() }),
    }
}

fn is_integer(kind: &TyKind) -> bool {
    matches!(
        kind,
        TyKind::U8
            | TyKind::S8
            | TyKind::U16
            | TyKind::S16
            | TyKind::U32
            | TyKind::S32
            | TyKind::U64
            | TyKind::S64
    )
}

/// A field of a record or item of a tuple: the same places, moved.
fn field(
    ty: &Ty,
    position: usize,
    inner: &Ty,
    rest: &[Step],
    format: Format,
    abi: Abi,
) -> Result<Vec<Found>, MismatchReason> {
    let offsets = ty.offsets(abi.pointer).unwrap_or_default();
    let offset = offsets.get(position).ok_or(MismatchReason::NoType)?;
    let mut found = walk(inner, rest, format, abi)?;
    for found in &mut found {
        found.flat += offset.flat;
        found.bytes = found.bytes.saturating_add(offset.bytes);
    }
    Ok(found)
}

/// The payload of a case of a sum type. Flat, it begins one parameter after the
/// discriminant.
fn case(
    ty: &Ty,
    position: usize,
    inner: &Ty,
    rest: &[Step],
    format: Format,
    abi: Abi,
) -> Result<Vec<Found>, MismatchReason> {
    let tag = ty.discriminant(abi.pointer).ok_or(MismatchReason::NoType)?;
    let wrap = |found: Found| {
        // A payload's own start needs no `Part`; what lies behind it when flat does.
        let (shape, extra) = match found.flat {
            0 => (found.shape, found.bytes),
            flat => {
                let part = Part {
                    flat,
                    offset: narrow(found.bytes)?,
                    shape: found.shape,
                };
                (Shape::Parts(vec![part]), 0)
            }
        };
        Ok(Found {
            flat: 0,
            bytes: 0,
            shape: Shape::Case {
                discriminant: position as u32,
                size: tag.size,
                payload: narrow(tag.payload.saturating_add(extra))?,
                inner: Box::new(shape),
            },
            render: found.render,
        })
    };
    let found = walk(inner, rest, format, abi)?;
    found.into_iter().map(wrap).collect()
}

/// A part of each element of a list.
fn elements(
    inner: &Ty,
    rest: &[Step],
    format: Format,
    abi: Abi,
) -> Result<Vec<Found>, MismatchReason> {
    let stride = narrow(inner.layout(abi.pointer).size)?;
    let wrap = |found: Found| {
        Ok(Found {
            flat: 0,
            bytes: 0,
            shape: Shape::Elements {
                stride,
                offset: narrow(found.bytes)?,
                inner: Box::new(found.shape),
            },
            render: found.render,
        })
    };
    let found = walk(inner, rest, format, abi)?;
    found.into_iter().map(wrap).collect()
}

/// Each element of a list of fixed length, which lies in place.
fn fixed(
    inner: &Ty,
    length: usize,
    rest: &[Step],
    format: Format,
    abi: Abi,
) -> Result<Vec<Found>, MismatchReason> {
    let layout = inner.layout(abi.pointer);
    let flat = layout.flat.as_ref().map_or(0, |flat| flat.len());
    let each = walk(inner, rest, format, abi)?;
    if each.len().saturating_mul(length) > MAX_PLACES {
        return Err(MismatchReason::TooMany);
    }
    let mut all = Vec::new();
    for i in 0..length {
        all.extend(each.iter().map(|found| {
            Found {
                flat: found.flat + i * flat,
                bytes: found
                    .bytes
                    .saturating_add(layout.size.saturating_mul(i as u64)),
                shape: found.shape.clone(),
                render: found.render,
            }
        }));
    }
    Ok(all)
}

/// Both cases of an address: `ipv4(record { port: u16, address: tuple<u8, …> })` and
/// `ipv6(record { port: u16, address: tuple<u16, …>, … })`. The parts of each are the items
/// of `address` and then `port`.
fn address(ty: &Ty, abi: Abi) -> Result<Vec<Found>, MismatchReason> {
    let wrong = || MismatchReason::NotAnAddress { ty: ty.clone() };
    if !matches!(ty.kind(), TyKind::Variant(_)) {
        return Err(wrong());
    }
    let cases = ty.kind().cases().ok_or_else(wrong)?;
    let mut all = Vec::new();
    for (name, render, items) in [("ipv4", Render::Ipv4, 4), ("ipv6", Render::Ipv6, 8)] {
        let position = cases.iter().position(|(n, _)| *n == name);
        let position = position.ok_or_else(wrong)?;
        let record = cases[position].1.ok_or_else(wrong)?;
        let steps = |index| [Step::Name("address".into()), Step::Index(index)];
        let mut parts = Vec::new();
        for index in 0..items {
            parts.extend(numbers(record, &steps(index), abi).map_err(|_| wrong())?);
        }
        if numbers(record, &steps(items), abi).is_ok() {
            return Err(wrong());
        }
        let port = [Step::Name("port".into())];
        parts.extend(numbers(record, &port, abi).map_err(|_| wrong())?);
        let tag = ty.discriminant(abi.pointer).ok_or_else(wrong)?;
        all.push(Found {
            flat: 0,
            bytes: 0,
            shape: Shape::Case {
                discriminant: position as u32,
                size: tag.size,
                payload: narrow(tag.payload)?,
                inner: Box::new(Shape::Parts(parts)),
            },
            render,
        });
    }
    Ok(all)
}

fn numbers(ty: &Ty, steps: &[Step], abi: Abi) -> Result<Vec<Part>, MismatchReason> {
    let found = walk(ty, steps, Format::Plain, abi)?;
    let parts = found.into_iter().map(|found| match found.shape {
        Shape::Number { .. } => Ok(Part {
            flat: found.flat,
            offset: narrow(found.bytes)?,
            shape: found.shape,
        }),
        _ => Err(MismatchReason::NotAName { ty: ty.clone() }),
    });
    parts.collect()
}
