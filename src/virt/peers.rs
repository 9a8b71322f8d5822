//! Addresses that may be connected to: `wasi:sockets` with a list of them.
//!
//! Only connections of TCP to what is listed are made. What else sends or receives, which is
//! datagrams and sockets that listen, is refused: its partners are not known beforehand.

use super::adapter::Adapter;
use super::deny::{label, refusal};
use super::error::VirtError;
use super::make::{Code, Const, Maker, behind, ty};
use crate::base::Peer;
use crate::binary::abi::{Params, Pointer};
use crate::binary::world::{Signature, ValueType, World};
use core::net::IpAddr;
use std::sync::Arc;
use wasm_encoder::Instruction as I;

/// Interfaces with such functions, at 0.2 and 0.3.
pub(super) const INTERFACES: &[&str] = &[
    "wasi:sockets/tcp",
    "wasi:sockets/udp-create-socket",
    "wasi:sockets/types",
];

/// Functions that connect to an address, and functions that are refused.
const CONNECTS: &[&str] = &[
    "[method]tcp-socket.start-connect",
    "[method]tcp-socket.connect",
];
const REFUSED: &[&str] = &[
    "[method]tcp-socket.start-listen",
    "[method]tcp-socket.listen",
    "create-udp-socket",
    "[static]udp-socket.create",
];
/// All of them.
pub(super) const FUNCTIONS: &[&str] = &[
    CONNECTS[0],
    CONNECTS[1],
    REFUSED[0],
    REFUSED[1],
    REFUSED[2],
    REFUSED[3],
];

/// The adapter for an import that makes or connects sockets.
pub(super) fn adapter(world: &World, item: &str, peers: &[Peer]) -> Result<Adapter, VirtError> {
    let mut maker = Maker::around(world, item)?;
    for (name, signature) in maker.functions() {
        if CONNECTS.contains(&name) {
            connect(&mut maker, name, signature, peers)?;
        } else if REFUSED.contains(&name) {
            let refused = refused(world, signature);
            let refused = refused.ok_or_else(|| {
                maker.unsupported(format!("the errors of `{name}`: `{signature}`"))
            })?;
            maker.constant(name, signature, Some(&refused))?;
        } else {
            maker.hand_on(name, signature)?;
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

/// Core values of `ip-socket-address`: which of both, then the larger of
/// `{ port, (a, b, c, d) }` and `{ port, flow-info, (a, …, h), scope-id }`.
const FLAT: usize = 12;
const PORT: u32 = 1;
const V4: u32 = 2;
const V6: u32 = 3;

fn connect(
    maker: &mut Maker<'_>,
    name: &str,
    signature: &Arc<Signature>,
    peers: &[Peer],
) -> Result<(), VirtError> {
    let odd = || VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: format!("`{name}` is `{signature}`"),
    };
    let world = maker.world;
    let mut params = signature.params.iter();
    let position = params.position(|(param, _)| param == "remote-address");
    let position = position.ok_or_else(odd)?;
    let (_, of) = signature.params.get(position).ok_or_else(odd)?;
    let ValueType::Variant(cases) = behind(world, of) else {
        return Err(odd());
    };
    let names: Vec<&str> = cases.iter().map(|(name, _)| name.as_str()).collect();
    let flat = ty(world, of);
    let flat = flat.layout(Pointer::Narrow).flat.as_deref();
    if names != ["ipv4", "ipv6"] || flat.map(<[_]>::len) != Some(FLAT) {
        return Err(odd());
    }
    let refused = refused(world, signature).ok_or_else(odd)?;
    let (mut code, shape) = maker.begin_passing(signature);
    let Params::Flat(places) = &shape.places else {
        return Err(odd());
    };
    let at = *places.get(position).ok_or_else(odd)? as u32;
    code.block();
    for peer in peers {
        is_peer(&mut code, at, peer);
        code.op(I::BrIf(0));
    }
    maker.drop_params(&mut code, signature, &shape);
    maker.answer_constant(&mut code, name, signature, &shape, Some(&refused))?;
    code.end();
    let args: Vec<u32> = (0..code.param_count()).collect();
    maker.pass_on(&mut code, name, signature, &shape, &args)?;
    maker.finish(name, signature, code)
}

/// Leaves on the stack whether the address in locals is one that is meant.
fn is_peer(code: &mut Code, at: u32, peer: &Peer) {
    // Parts of the address in their order, each of so many bits.
    let (case, first, width, parts) = match peer.address {
        IpAddr::V4(address) => {
            let parts = address.octets().map(u32::from).to_vec();
            (0, V4, 8, parts)
        }
        IpAddr::V6(address) => {
            let parts = address.segments().map(u32::from).to_vec();
            (1, V6, 16, parts)
        }
    };
    code.get(at).i32(case).op(I::I32Eq);
    if let Some(port) = peer.port {
        code.get(at + PORT).i32(u32::from(port)).op(I::I32Eq);
        code.op(I::I32And);
    }
    for (position, part) in (0u32..).zip(parts) {
        let before = position * width;
        let meant = u32::from(peer.bits).saturating_sub(before).min(width);
        if meant == 0 {
            break;
        }
        let mask = ((1 << meant) - 1) << (width - meant);
        code.get(at + first + position).i32(mask).op(I::I32And);
        code.i32(part & mask).ops([I::I32Eq, I::I32And]);
    }
}
