//! Orders that a finished binary must have, as people write them.

use super::interface::InterfacePattern;

/// `wasi:http/incoming-handler: auth, tracing`: every path of the interface begins with these
/// parts, in this order; what follows the last is free, and `*` stands for any others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderText {
    /// The interface.
    pub on: InterfacePattern,
    /// Its parts, outermost first.
    pub parts: Vec<OrderPart>,
}

/// One part of an [`OrderText`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderPart {
    /// `*`: any number of others.
    Others,
    /// `auth`: a component of the workload, or else an instance of that name.
    Name(String),
    /// `sha256:0123abcd…`: the component with this digest, or the beginning of it, in
    /// lower-case hexadecimal digits.
    Digest(String),
    /// `root/1/0`: the instance at a place, as `inspect` prints it.
    Path(String),
    /// `exports:acme:auth/token`: an instance that exports an interface.
    Exports(InterfacePattern),
    /// `middleware/auth.wasm`: the component in a file.
    File(String),
}

/// Fewer digits of a digest could be met by chance, or by design.
const MIN_DIGITS: usize = 16;

impl OrderText {
    /// Reads an order, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<OrderText, String> {
        let shape = || {
            let text = text.escape_debug();
            format!("`{text}` is no order: expected `INTERFACE: PART, PART…`, outermost first")
        };
        let (on, parts) = text.split_once(": ").ok_or_else(shape)?;
        let on = InterfacePattern::parse(on.trim())?;
        let parts = parts.split(',').map(|part| match part.trim() {
            "" => Err(shape()),
            part => OrderPart::parse(part),
        });
        let parts: Vec<OrderPart> = parts.collect::<Result<_, _>>()?;
        if parts.iter().all(|part| *part == OrderPart::Others) {
            return Err(shape());
        }
        Ok(OrderText { on, parts })
    }
}

impl OrderPart {
    fn parse(text: &str) -> Result<OrderPart, String> {
        if let Some(digits) = text.strip_prefix("sha256:") {
            let hex = digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if !hex || !(MIN_DIGITS..=64).contains(&digits.len()) {
                return Err(format!(
                    "`{}` is no digest: expected `sha256:` and {MIN_DIGITS} to 64 lower-case \
                     hexadecimal digits",
                    text.escape_debug()
                ));
            }
            return Ok(OrderPart::Digest(digits.to_string()));
        }
        if let Some(interface) = text.strip_prefix("exports:") {
            return InterfacePattern::parse(interface).map(OrderPart::Exports);
        }
        Ok(match text {
            "*" => OrderPart::Others,
            _ if text.starts_with("root/") => OrderPart::Path(text.to_string()),
            _ if text.contains('/') || text.ends_with(".wasm") || text.ends_with(".wat") => {
                OrderPart::File(text.to_string())
            }
            _ => OrderPart::Name(text.to_string()),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let order = OrderText::parse(
            "wasi:http/incoming-handler@0.2: auth, * ,root/1/0, sha256:0123456789abcdef, \
             exports:acme:auth/token, ./a b.wasm",
        );
        let order = order.unwrap();
        assert_eq!(order.on.as_str(), "wasi:http/incoming-handler@0.2");
        assert_eq!(
            order.parts,
            [
                OrderPart::Name("auth".into()),
                OrderPart::Others,
                OrderPart::Path("root/1/0".into()),
                OrderPart::Digest("0123456789abcdef".into()),
                OrderPart::Exports(InterfacePattern::parse("acme:auth/token").unwrap()),
                OrderPart::File("./a b.wasm".into()),
            ]
        );
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for text in [
            "",
            "auth",
            "wasi:http/handler",
            "wasi:http/handler:auth",
            "wasi:http/handler: ",
            "wasi:http/handler: *",
            "wasi:http/handler: auth,,log",
            "wasi:http/handler@x: auth",
            "wasi:http/handler: sha256:0123",
            "wasi:http/handler: sha256:0123456789ABCDEF",
        ] {
            assert!(OrderText::parse(text).is_err(), "{text}");
        }
    }
}
