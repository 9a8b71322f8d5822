//! Types in WIT syntax, for messages. Named types appear by their names.

use super::*;
use std::fmt::{self, Display, Formatter};

impl Display for Primitive {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Primitive::Bool => "bool",
            Primitive::S8 => "s8",
            Primitive::U8 => "u8",
            Primitive::S16 => "s16",
            Primitive::U16 => "u16",
            Primitive::S32 => "s32",
            Primitive::U32 => "u32",
            Primitive::S64 => "s64",
            Primitive::U64 => "u64",
            Primitive::F32 => "f32",
            Primitive::F64 => "f64",
            Primitive::Char => "char",
            Primitive::String => "string",
            Primitive::ErrorContext => "error-context",
        })
    }
}

impl TypePath {
    /// The last part: the name that the type has where it stands.
    pub fn name(&self) -> &str {
        self.member.as_ref().unwrap_or(&self.item)
    }
}

impl Display for TypePath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(f, "{}.{member}", self.item),
            None => f.write_str(&self.item),
        }
    }
}

impl Display for ValueType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let optional = |ty: &Option<Arc<ValueType>>| match ty {
            Some(ty) => ty.to_string(),
            None => "_".to_string(),
        };
        match self {
            ValueType::Primitive(p) => p.fmt(f),
            ValueType::Named(path) | ValueType::Own(path) => f.write_str(path.name()),
            ValueType::Borrow(path) => write!(f, "borrow<{}>", path.name()),
            ValueType::Record(fields) => {
                let fields = fields.iter().map(|(name, ty)| format!("{name}: {ty}"));
                write!(f, "record {{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            ValueType::Variant(cases) => {
                let cases = cases.iter().map(|(name, ty)| match ty {
                    Some(ty) => format!("{name}({ty})"),
                    None => name.clone(),
                });
                write!(f, "variant {{ {} }}", cases.collect::<Vec<_>>().join(", "))
            }
            ValueType::List(ty) => write!(f, "list<{ty}>"),
            ValueType::FixedList(ty, length) => write!(f, "list<{ty}, {length}>"),
            ValueType::Map(key, value) => write!(f, "map<{key}, {value}>"),
            ValueType::Tuple(types) => {
                let types: Vec<_> = types.iter().map(|ty| ty.to_string()).collect();
                write!(f, "tuple<{}>", types.join(", "))
            }
            ValueType::Flags(names) => write!(f, "flags {{ {} }}", names.join(", ")),
            ValueType::Enum(names) => write!(f, "enum {{ {} }}", names.join(", ")),
            ValueType::Option(ty) => write!(f, "option<{ty}>"),
            ValueType::Result(None, None) => f.write_str("result"),
            ValueType::Result(Some(ok), None) => write!(f, "result<{ok}>"),
            ValueType::Result(ok, err) => {
                write!(f, "result<{}, {}>", optional(ok), optional(err))
            }
            ValueType::Stream(None) => f.write_str("stream"),
            ValueType::Stream(Some(ty)) => write!(f, "stream<{ty}>"),
            ValueType::Future(None) => f.write_str("future"),
            ValueType::Future(Some(ty)) => write!(f, "future<{ty}>"),
        }
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_async {
            f.write_str("async ")?;
        }
        let params = self.params.iter().map(|(name, ty)| format!("{name}: {ty}"));
        write!(f, "func({})", params.collect::<Vec<_>>().join(", "))?;
        match &self.result {
            Some(result) => write!(f, " -> {result}"),
            None => Ok(()),
        }
    }
}
