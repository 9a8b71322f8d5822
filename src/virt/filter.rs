//! Names that pass, with other names if wanted: for functions that give a list of pairs, and
//! for functions that are asked for one name.

use super::error::VirtError;
use super::make::{Code, Const, Fn, Maker, behind, ty};
use super::spec::Names;
use crate::base::Glob;
use crate::binary::abi::{Params, Pointer};
use crate::binary::world::{Primitive, Signature, ValueType};
use std::sync::Arc;
use wasm_encoder::{Instruction as I, ValType};

/// A byte that is in no UTF-8 text: `*` in patterns.
const ANY: u8 = 0xff;

/// Bytes of a row of a table: two spans of text.
const ROW: u32 = 16;

/// A table in static memory: its address and how many rows it has.
#[derive(Clone, Copy)]
pub(super) struct Table(u32, u32);

/// Rows of two texts each.
fn table(maker: &mut Maker<'_>, rows: &[(Vec<u8>, Vec<u8>)]) -> Result<Table, VirtError> {
    let count = rows.len() as u32;
    let at = maker.reserve(u64::from(ROW) * rows.len() as u64, 4)?;
    for (position, (first, second)) in rows.iter().enumerate() {
        let mut row = Vec::with_capacity(ROW as usize);
        for text in [first, second] {
            row.extend(maker.bytes(text)?.to_le_bytes());
            row.extend((text.len() as u32).to_le_bytes());
        }
        maker.write(at + position as u32 * ROW, &row);
    }
    Ok(Table(at, count))
}

fn texts(pairs: &[(String, String)]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let bytes = |text: &String| text.clone().into_bytes();
    pairs.iter().map(move |(a, b)| (bytes(a), bytes(b)))
}

/// Pairs of texts as a table.
pub(super) fn texts_table(
    maker: &mut Maker<'_>,
    pairs: &[(String, String)],
) -> Result<Table, VirtError> {
    let rows: Vec<_> = texts(pairs).collect();
    table(maker, &rows)
}

/// Patterns as a table.
pub(super) fn patterns(maker: &mut Maker<'_>, globs: &[Glob]) -> Result<Table, VirtError> {
    let bytes = |glob: &Glob| {
        let pieces = glob.pieces();
        let pieces: Vec<&[u8]> = pieces.iter().map(String::as_bytes).collect();
        (pieces.join(&ANY), Vec::new())
    };
    let rows: Vec<_> = globs.iter().map(bytes).collect();
    table(maker, &rows)
}

/// `(text, length, pattern, length) → matches`. Goes back to the last `*` where the text does
/// not go on as the pattern does, which decides as well as trying every one.
pub(super) fn glob(maker: &mut Maker<'_>) -> Fn {
    let mut code = Code::new(vec![ValType::I32; 4], vec![ValType::I32]);
    let (text, text_end, pattern, pattern_end) = (0, 1, 2, 3);
    let (star, mark) = (code.local(ValType::I32), code.local(ValType::I32));
    // Lengths become ends; `star` is the place behind the last `*`, 0 before there was one.
    code.get(text).get(text_end).op(I::I32Add).set(text_end);
    code.get(pattern)
        .get(pattern_end)
        .op(I::I32Add)
        .set(pattern_end);
    code.repeat();
    code.block();
    code.get(pattern)
        .get(pattern_end)
        .ops([I::I32LtU, I::I32Eqz, I::BrIf(0)]);
    code.load8(pattern, 0)
        .i32(u32::from(ANY))
        .op(I::I32Eq)
        .when();
    code.advance(pattern, 1);
    code.get(pattern).set(star).get(text).set(mark);
    code.op(I::Br(2)).end();
    code.get(text)
        .get(text_end)
        .ops([I::I32LtU, I::I32Eqz, I::BrIf(0)]);
    code.load8(pattern, 0)
        .load8(text, 0)
        .ops([I::I32Ne, I::BrIf(0)]);
    code.advance(pattern, 1).advance(text, 1).op(I::Br(1));
    code.end();
    // The pattern is used up or does not fit here.
    code.get(pattern).get(pattern_end).op(I::I32Eq);
    code.get(text)
        .get(text_end)
        .ops([I::I32Eq, I::I32And])
        .when();
    code.i32(1).op(I::Return).end();
    code.get(star).op(I::I32Eqz);
    code.get(mark)
        .get(text_end)
        .ops([I::I32GeU, I::I32Or])
        .when();
    code.i32(0).op(I::Return).end();
    code.advance(mark, 1);
    code.get(mark).set(text).get(star).set(pattern);
    code.op(I::Br(0)).end().op(I::Unreachable);
    maker.helper(code)
}

/// `(text, length, table, rows) → row`: the address of the first row whose first text, a
/// pattern, matches; 0 without one.
pub(super) fn find(maker: &mut Maker<'_>, glob: Fn) -> Fn {
    let mut code = Code::new(vec![ValType::I32; 4], vec![ValType::I32]);
    let (text, length, row, left) = (0, 1, 2, 3);
    code.block().repeat();
    code.get(left).ops([I::I32Eqz, I::BrIf(1)]);
    code.get(text)
        .get(length)
        .load(row, 0)
        .load(row, 4)
        .call(glob)
        .when();
    code.get(row).op(I::Return).end();
    code.advance(row, ROW);
    code.get(left).i32(1).op(I::I32Sub).set(left);
    code.op(I::Br(0)).end().end();
    code.i32(0);
    maker.helper(code)
}

impl Code {
    /// Looks the text in two locals up.
    pub(super) fn look(&mut self, find: Fn, (text, length): (u32, u32), table: Table) -> &mut Code {
        let Table(at, rows) = table;
        self.get(text).get(length).i32(at).i32(rows).call(find)
    }
}

/// A function that is asked for one name.
pub(super) struct Keyed<'k> {
    /// The position of the parameter with the name.
    pub(super) key: usize,
    /// What passes.
    pub(super) filter: &'k Names,
    /// The answer for a fixed value.
    pub(super) found: &'k dyn core::ops::Fn(&str) -> Const,
    /// The answer for a name that does not pass.
    pub(super) absent: Const,
}

/// Makes a function that is asked for one name, has its result in memory, and hands on what
/// passes.
pub(super) fn keyed(
    maker: &mut Maker<'_>,
    name: &str,
    signature: &Arc<Signature>,
    keyed: &Keyed<'_>,
) -> Result<(), VirtError> {
    let odd = || VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: format!("`{name}` is `{signature}`"),
    };
    let filter = keyed.filter;
    let (mut code, shape) = match filter.has_host() {
        true => maker.begin_passing(signature),
        false => maker.begin(signature),
    };
    let result = signature.result.as_ref().filter(|_| shape.by_address);
    let key = signature
        .params
        .get(keyed.key)
        .map(|(_, ty)| behind(maker.world, ty));
    let place = match &shape.places {
        Params::Flat(places) => places.get(keyed.key),
        Params::Block(_) => None,
    };
    let (Some(result), Some(ValueType::Primitive(Primitive::String)), Some(place)) =
        (result, key, place)
    else {
        return Err(odd());
    };
    let (text, length) = (*place as u32, *place as u32 + 1);
    let glob = glob(maker);
    let find = find(maker, glob);
    let row = code.local(ValType::I32);

    if !filter.set.is_empty() {
        let at = maker.reserve(u64::from(ROW) * filter.set.len() as u64, 4)?;
        for (position, (key, value)) in filter.set.iter().enumerate() {
            let value = maker.place(name, result, &(keyed.found)(value))?;
            let address = maker.bytes(key.as_bytes())?;
            let words = [address, key.len() as u32, value, 0].map(u32::to_le_bytes);
            maker.write(at + position as u32 * ROW, &words.concat());
        }
        let fixed = Table(at, filter.set.len() as u32);
        code.look(find, (text, length), fixed)
            .op(I::LocalTee(row))
            .when();
        maker.drop_params(&mut code, signature, &shape);
        code.load(row, 8).set(row);
        maker.answer(&mut code, signature, &shape, row)?;
        code.end();
    }
    if filter.has_host() {
        let allow = patterns(maker, &filter.allow)?;
        let deny = patterns(maker, &filter.deny)?;
        let renamed = texts_table(maker, &filter.rename)?;
        let prefix = maker.bytes(filter.prefix.as_bytes())?;
        let (host, host_length) = (code.local(ValType::I32), code.local(ValType::I32));
        code.block().block();
        if renamed.1 > 0 {
            code.look(find, (text, length), renamed)
                .op(I::LocalTee(row))
                .when();
            code.load(row, 8)
                .set(host)
                .load(row, 12)
                .set(host_length)
                .op(I::Br(1))
                .end();
        }
        code.look(find, (text, length), allow)
            .ops([I::I32Eqz, I::BrIf(1)]);
        if deny.1 > 0 {
            code.look(find, (text, length), deny).op(I::BrIf(1));
        }
        let long = filter.prefix.len() as u32;
        if long == 0 {
            code.get(text).set(host).get(length).set(host_length);
        } else {
            code.get(length).i32(long).op(I::I32Add).set(host_length);
            code.i32(0)
                .i32(0)
                .i32(1)
                .get(host_length)
                .call(Fn::Alloc)
                .set(host);
            code.get(host).i32(prefix).i32(long).copy();
            code.get(host)
                .i32(long)
                .op(I::I32Add)
                .get(text)
                .get(length)
                .copy();
        }
        code.end();
        let args = (0..code.param_count()).map(|param| match param {
            _ if param == text => host,
            _ if param == length => host_length,
            _ => param,
        });
        let args: Vec<u32> = args.collect();
        maker.pass_on(&mut code, name, signature, &shape, &args)?;
        code.end();
    }
    maker.drop_params(&mut code, signature, &shape);
    maker.answer_constant(&mut code, name, signature, &shape, Some(&keyed.absent))?;
    maker.finish(name, signature, code)
}

/// Makes a function without parameters that gives a list of pairs of strings, or that or an
/// error. The host's error is handed on.
pub(super) fn list(
    maker: &mut Maker<'_>,
    name: &str,
    signature: &Arc<Signature>,
    filter: &Names,
) -> Result<(), VirtError> {
    let odd = || VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: format!("`{name}` is `{signature}`"),
    };
    let of = signature.result.as_deref();
    let of = of.filter(|_| signature.params.is_empty()).ok_or_else(odd)?;
    let layout = ty(maker.world, of);
    // Where the list stands in the result: at its start, or behind what says `ok`.
    let is_list = |of| matches!(behind(maker.world, of), ValueType::List(_));
    let offset = match behind(maker.world, of) {
        ValueType::List(_) => Some(0),
        ValueType::Result(Some(ok), _) if is_list(ok) => {
            layout.discriminant(Pointer::Narrow).map(|tag| tag.payload)
        }
        _ => None,
    };
    let offset = offset.ok_or_else(odd)? as u32;
    let layout = layout.layout(Pointer::Narrow);
    let (size, align) = (layout.size, layout.align);
    // Fixed pairs, then renamed ones: the component's names are the first texts of all.
    let rows: Vec<_> = texts(&filter.set).chain(texts(&filter.rename)).collect();
    let Table(fixed, rows) = table(maker, &rows)?;
    let set = filter.set.len() as u32;
    let renamed = filter.rename.len() as u32;
    let allow = patterns(maker, &filter.allow)?;
    let deny = patterns(maker, &filter.deny)?;
    let prefix = maker.bytes(filter.prefix.as_bytes())?;
    let prefix = (prefix, filter.prefix.len() as u32);
    let whole = maker.reserve(size, align)?;
    let result = whole + offset;
    let glob = glob(maker);
    let find = find(maker, glob);
    let outside = maker.outside(name, signature);

    let (mut code, _) = maker.begin(signature);
    let mut local = || code.local(ValType::I32);
    let (pair, left, out, start) = (local(), local(), local(), local());
    let (text, length, row, rest) = (local(), local(), local(), local());
    code.i32(whole).call(outside);
    if offset > 0 {
        code.i32(whole).set(row).load8(row, 0).when();
        code.forget().i32(whole).op(I::Return).end();
    }
    code.i32(result).set(row);
    code.load(row, 0).set(pair).load(row, 4).set(left);
    // Room for all fixed pairs, and for each of the host's under every name.
    code.i32(0).i32(0).i32(4);
    code.get(left)
        .i32(renamed + 1)
        .op(I::I32Mul)
        .i32(set)
        .op(I::I32Add);
    code.i32(ROW).op(I::I32Mul).call(Fn::Alloc).set(out);
    code.get(out).set(start);
    code.get(out).i32(fixed).i32(set * ROW).copy();
    code.advance(out, set * ROW);
    code.block().repeat();
    code.get(left).ops([I::I32Eqz, I::BrIf(1)]);
    if renamed > 0 {
        code.i32(fixed + set * ROW).set(row).i32(renamed).set(rest);
        code.block().repeat();
        code.get(rest).ops([I::I32Eqz, I::BrIf(1)]);
        code.load(pair, 0)
            .load(pair, 4)
            .load(row, 8)
            .load(row, 12)
            .call(glob)
            .when();
        code.get(out).load64(row, 0).store64(0);
        code.get(out).load64(pair, 8).store64(8);
        code.advance(out, ROW).end();
        code.advance(row, ROW);
        code.get(rest).i32(1).op(I::I32Sub).set(rest);
        code.op(I::Br(0)).end().end();
    }
    code.block();
    let (prefix, long) = prefix;
    code.load(pair, 4).i32(long).ops([I::I32LtU, I::BrIf(0)]);
    if long > 0 {
        code.load(pair, 0)
            .i32(long)
            .i32(prefix)
            .i32(long)
            .call(glob)
            .ops([I::I32Eqz, I::BrIf(0)]);
    }
    code.load(pair, 0).i32(long).op(I::I32Add).set(text);
    code.load(pair, 4).i32(long).op(I::I32Sub).set(length);
    code.look(find, (text, length), allow)
        .ops([I::I32Eqz, I::BrIf(0)]);
    if deny.1 > 0 {
        code.look(find, (text, length), deny).op(I::BrIf(0));
    }
    code.look(find, (text, length), Table(fixed, rows))
        .op(I::BrIf(0));
    code.get(out).get(text).store(0);
    code.get(out).get(length).store(4);
    code.get(out).load64(pair, 8).store64(8);
    code.advance(out, ROW).end();
    code.advance(pair, ROW);
    code.get(left).i32(1).op(I::I32Sub).set(left);
    code.op(I::Br(0)).end().end();
    code.i32(result).get(start).store(0);
    code.i32(result)
        .get(out)
        .get(start)
        .op(I::I32Sub)
        .i32(ROW)
        .op(I::I32DivU)
        .store(4);
    code.forget().i32(whole);
    maker.finish(name, signature, code)
}
