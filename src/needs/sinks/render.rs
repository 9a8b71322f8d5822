//! From what is read at a place to the name that a report shows.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::borrow::Cow;

/// How the value at a place is a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Render {
    /// The text itself.
    Text,
    /// Host and port of the URL that the text is, without user and password.
    Url,
    /// A number in decimal.
    Number,
    /// Four bytes and a port: `127.0.0.1:8080`.
    Ipv4,
    /// Eight 16-bit groups and a port: `[::1]:8080`.
    Ipv6,
}

impl Render {
    /// The name that a text stands for. Numbers come as text in decimal, with spaces between
    /// them; where they make no name they stay as they are.
    pub fn text(self, text: &str) -> Cow<'_, str> {
        match self {
            Render::Text => Cow::Borrowed(text),
            Render::Url => Cow::Borrowed(authority(text)),
            Render::Number | Render::Ipv4 | Render::Ipv6 => {
                let parts: Option<Vec<u64>> = text.split(' ').map(|n| n.parse().ok()).collect();
                let name = parts.and_then(|parts| self.numbers(&parts));
                name.map_or(Cow::Borrowed(text), Cow::Owned)
            }
        }
    }

    /// The name that numbers stand for, in the order of the parts of the place; `None` when
    /// they are too few, too many or too large.
    pub fn numbers(self, parts: &[u64]) -> Option<String> {
        match self {
            Render::Text | Render::Url => None,
            Render::Number => match parts {
                [number] => Some(number.to_string()),
                _ => None,
            },
            Render::Ipv4 => {
                let (port, items) = split(parts)?;
                let items: [u8; 4] = narrow(items)?;
                Some(SocketAddrV4::new(Ipv4Addr::from(items), port).to_string())
            }
            Render::Ipv6 => {
                let (port, items) = split(parts)?;
                let items: [u16; 8] = narrow(items)?;
                Some(SocketAddrV6::new(Ipv6Addr::from(items), port, 0, 0).to_string())
            }
        }
    }
}

fn split(parts: &[u64]) -> Option<(u16, &[u64])> {
    let (port, items) = parts.split_last()?;
    Some((u16::try_from(*port).ok()?, items))
}

fn narrow<T: TryFrom<u64>, const N: usize>(items: &[u64]) -> Option<[T; N]> {
    let items: Option<Vec<T>> = items.iter().map(|n| T::try_from(*n).ok()).collect();
    items?.try_into().ok()
}

/// `db.example.com:5432` of `postgres://user:password@db.example.com:5432/name`. A text
/// that is no URL stays whole: `localhost:6379`, `host=db user=me`.
fn authority(text: &str) -> &str {
    let Some((_, rest)) = text.split_once("://") else {
        return text;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}
