//! Where the parts of a value stand when a core function is called: the shapes that the
//! canonical ABI lays out, without the names that gave rise to them.

use crate::binary::StringEncoding;

/// A place in the arguments of a core call that holds a resource name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where the value begins.
    pub at: At,
    /// What is read there.
    pub shape: Shape,
}

/// Where a value begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// In the core parameters, from this one on.
    Param(usize),
    /// In memory, this many bytes after the address that a core parameter holds (a block of
    /// parameters that were too many to pass flat).
    Block {
        /// The core parameter that holds the address.
        param: usize,
        /// Bytes after it.
        offset: u32,
    },
}

/// What is read at a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A string: address, then length in the units of the encoding.
    Text(StringEncoding),
    /// One case of a variant (an `option` or `result` included) holds the value.
    Case {
        /// The discriminant that the value has in this case.
        discriminant: u32,
        /// Size in bytes of the discriminant in memory: 1, 2 or 4. Flat it is one parameter.
        size: u32,
        /// Bytes from the start of the variant to the payload, in memory.
        payload: u32,
        /// The value.
        inner: Box<Shape>,
    },
    /// A part of each element of a list: address, then number of elements.
    Elements {
        /// Bytes from one element to the next.
        stride: u32,
        /// Bytes from the start of an element to the part.
        offset: u32,
        /// The part; in memory.
        inner: Box<Shape>,
    },
    /// A number, such as a port; `size` bytes in memory, one parameter when flat.
    Number {
        /// Bytes in memory.
        size: u32,
    },
    /// Several values that make up one name, such as the parts of an address. Each has its
    /// own place relative to the start of the whole.
    Parts(Vec<Part>),
}

/// A part of a value that consists of several.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Core parameters after the first, when flat.
    pub flat: usize,
    /// Bytes after the start, in memory.
    pub offset: u32,
    /// The part.
    pub shape: Shape,
}
