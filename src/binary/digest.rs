//! Digests that stripping and metadata do not change.

use super::section::{Nested, Section};
use super::{Binary, ComponentId, ModuleId, Root};
use crate::base::Sha256;

/// A run of bytes of the canonical form.
enum Piece<'a> {
    File(&'a [u8]),
    Made(Vec<u8>),
}

impl Binary<'_> {
    /// The digest of the whole file without custom sections: SHA-256 over the binary from
    /// which every custom section is removed, recursively, with section lengths written in
    /// the shortest form.
    pub fn digest(&self) -> Sha256 {
        match self.root {
            Root::Component(id) => self.component_digest(id),
            Root::Module(id) => self.module_digest(id),
        }
    }

    /// The same for a nested component.
    pub fn component_digest(&self, id: ComponentId) -> Sha256 {
        self.digest_of(Nested::Component(id))
    }

    /// The same for a nested core module.
    pub fn module_digest(&self, id: ModuleId) -> Sha256 {
        self.digest_of(Nested::Module(id))
    }

    fn digest_of(&self, unit: Nested) -> Sha256 {
        let mut pieces = Vec::new();
        self.pieces(unit, &mut pieces);
        Sha256::of_pieces(pieces.iter().map(|p| match p {
            Piece::File(bytes) => *bytes,
            Piece::Made(bytes) => bytes.as_slice(),
        }))
    }

    /// Appends the canonical form of `unit` and returns its length. Nesting is bounded by
    /// [`super::MAX_NESTING`], so recursion is too.
    fn pieces<'s>(&'s self, unit: Nested, out: &mut Vec<Piece<'s>>) -> u64 {
        let (sections, header): (&[Section], &[u8]) = match unit {
            Nested::Module(id) => (&self.module(id).sections, b"\0asm\x01\0\0\0"),
            Nested::Component(id) => (&self.component(id).sections, b"\0asm\x0d\0\x01\0"),
        };
        out.push(Piece::Made(header.to_vec()));
        let mut total = header.len() as u64;
        for section in sections.iter().filter(|s| s.id != 0) {
            let at = out.len();
            out.push(Piece::Made(Vec::new()));
            let len = match section.nested {
                Some(nested) => self.pieces(nested, out),
                None => {
                    out.push(Piece::File(section.range.of(self.bytes).unwrap_or(&[])));
                    section.range.len()
                }
            };
            let mut head = vec![section.id];
            leb128(len, &mut head);
            total += head.len() as u64 + len;
            out[at] = Piece::Made(head);
        }
        total
    }
}

fn leb128(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}
