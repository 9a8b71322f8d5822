//! Work on sections, by hand: this is also the second opinion on the digest that the product
//! computes, so it shares no code with it.

use super::Result;

const CUSTOM: u8 = 0;
/// Sections of a component that hold another binary.
const NESTED: [u8; 2] = [1, 4];
const HEADER_LEN: usize = 8;
/// What the second half of the header is for a component.
const COMPONENT: [u8; 4] = [0x0d, 0x00, 0x01, 0x00];

/// `bytes` without custom sections, nested modules and components included: no names, no
/// producers, no debug information.
pub(crate) fn strip(bytes: &[u8]) -> Result<Vec<u8>> {
    let (header, mut rest) = bytes
        .split_at_checked(HEADER_LEN)
        .ok_or("too short for wasm")?;
    let is_component = header.ends_with(&COMPONENT);
    let mut out = header.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let (len, after) = leb(after)?;
        let (data, after) = after
            .split_at_checked(len)
            .ok_or("a section is longer than the file")?;
        rest = after;
        if id == CUSTOM {
            continue;
        }
        if is_component && NESTED.contains(&id) {
            push(&mut out, id, &strip(data)?)?;
        } else {
            push(&mut out, id, data)?;
        }
    }
    Ok(out)
}

fn push(out: &mut Vec<u8>, id: u8, data: &[u8]) -> Result<()> {
    out.push(id);
    let mut left = u32::try_from(data.len())?;
    loop {
        let byte = (left & 0x7f) as u8;
        left >>= 7;
        out.push(if left == 0 { byte } else { byte | 0x80 });
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(data);
    Ok(())
}

/// Reads an unsigned LEB128 number of at most 32 bits.
fn leb(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut value = 0_u32;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((usize::try_from(value)?, &bytes[index + 1..]));
        }
    }
    Err("a section length is cut off".into())
}
