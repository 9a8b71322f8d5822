//! Types in WIT syntax, for messages. Records and variants are written in place, since
//! their names are not kept; what is too long ends in `…`.

use super::{FuncType, ResourceName, Ty, TyKind};
use std::fmt::{self, Write};

/// How many types one message spells out.
const MAX_TYPES: usize = 64;

/// How deep.
const MAX_DEPTH: usize = 8;

struct Writer<'f, 'g> {
    out: &'f mut fmt::Formatter<'g>,
    written: usize,
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Writer { out: f, written: 0 }.ty(self, 0)
    }
}

/// As [`fmt::Display`]: a derived form would follow every path of a shared type.
impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut w = Writer { out: f, written: 0 };
        if self.is_async {
            w.out.write_str("async ")?;
        }
        w.out.write_str("func(")?;
        for (i, (name, ty)) in self.params.iter().enumerate() {
            if i > 0 {
                w.out.write_str(", ")?;
            }
            write!(w.out, "{name}: ")?;
            w.ty(ty, 0)?;
        }
        w.out.write_char(')')?;
        if let Some(result) = &self.result {
            w.out.write_str(" -> ")?;
            w.ty(result, 0)?;
        }
        Ok(())
    }
}

impl Writer<'_, '_> {
    fn ty(&mut self, ty: &Ty, depth: usize) -> fmt::Result {
        self.written += 1;
        if depth > MAX_DEPTH || self.written > MAX_TYPES {
            return self.out.write_char('…');
        }
        let depth = depth + 1;
        let simple = match ty.kind() {
            TyKind::Bool => "bool",
            TyKind::S8 => "s8",
            TyKind::U8 => "u8",
            TyKind::S16 => "s16",
            TyKind::U16 => "u16",
            TyKind::S32 => "s32",
            TyKind::U32 => "u32",
            TyKind::S64 => "s64",
            TyKind::U64 => "u64",
            TyKind::F32 => "f32",
            TyKind::F64 => "f64",
            TyKind::Char => "char",
            TyKind::String => "string",
            TyKind::ErrorContext => "error-context",
            TyKind::Record(fields) => {
                self.out.write_str("record { ")?;
                self.names(
                    fields.iter().map(|(n, t)| (n.as_str(), Some(t))),
                    ": ",
                    depth,
                )?;
                return self.out.write_str(" }");
            }
            TyKind::Variant(cases) => {
                self.out.write_str("variant { ")?;
                self.names(
                    cases.iter().map(|(n, t)| (n.as_str(), t.as_ref())),
                    "(",
                    depth,
                )?;
                return self.out.write_str(" }");
            }
            TyKind::Flags(names) => {
                self.out.write_str("flags { ")?;
                self.names(names.iter().map(|n| (n.as_str(), None)), "", depth)?;
                return self.out.write_str(" }");
            }
            TyKind::Enum(names) => {
                self.out.write_str("enum { ")?;
                self.names(names.iter().map(|n| (n.as_str(), None)), "", depth)?;
                return self.out.write_str(" }");
            }
            TyKind::List(ty) => return self.generic("list", &[Some(ty)], depth),
            TyKind::FixedList(ty, length) => {
                self.out.write_str("list<")?;
                self.ty(ty, depth)?;
                return write!(self.out, ", {length}>");
            }
            TyKind::Map { key, value, .. } => {
                return self.generic("map", &[Some(key), Some(value)], depth);
            }
            TyKind::Tuple(types) => {
                let types: Vec<_> = types.iter().take(MAX_TYPES).map(Some).collect();
                return self.generic("tuple", &types, depth);
            }
            TyKind::Option(ty) => return self.generic("option", &[Some(ty)], depth),
            TyKind::Result { ok, err: None } => {
                return self.generic("result", &[ok.as_ref()], depth);
            }
            TyKind::Result { ok, err } => {
                return self.generic("result", &[ok.as_ref(), err.as_ref()], depth);
            }
            TyKind::Own(name) => return self.handle("own", name),
            TyKind::Borrow(name) => return self.handle("borrow", name),
            TyKind::Stream(ty) => return self.generic("stream", &[ty.as_ref()], depth),
            TyKind::Future(ty) => return self.generic("future", &[ty.as_ref()], depth),
        };
        self.out.write_str(simple)
    }

    fn names<'t>(
        &mut self,
        items: impl Iterator<Item = (&'t str, Option<&'t Ty>)>,
        separator: &str,
        depth: usize,
    ) -> fmt::Result {
        for (i, (name, ty)) in items.enumerate() {
            if i > 0 {
                self.out.write_str(", ")?;
            }
            if self.written > MAX_TYPES {
                return self.out.write_char('…');
            }
            self.written += 1;
            self.out.write_str(name)?;
            if let Some(ty) = ty {
                self.out.write_str(separator)?;
                self.ty(ty, depth)?;
                if separator == "(" {
                    self.out.write_char(')')?;
                }
            }
        }
        Ok(())
    }

    /// `name<A, _>`; without arguments just `name`.
    fn generic(&mut self, name: &str, args: &[Option<&Ty>], depth: usize) -> fmt::Result {
        self.out.write_str(name)?;
        if args.iter().all(Option::is_none) {
            return Ok(());
        }
        self.out.write_char('<')?;
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.out.write_str(", ")?;
            }
            match arg {
                Some(ty) => self.ty(ty, depth)?,
                None => self.out.write_char('_')?,
            }
        }
        self.out.write_char('>')
    }

    fn handle(&mut self, kind: &str, name: &ResourceName) -> fmt::Result {
        let name = name.0.as_deref().unwrap_or("resource");
        write!(self.out, "{kind}<{name}>")
    }
}
