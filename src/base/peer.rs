//! Addresses of the network, as people allow them.

use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

/// An address or a range of them, and a port or any: `10.0.0.1:80`, `[::1]:443`,
/// `10.0.0.0/8:*`, `[fd00::/8]:5432`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer {
    /// The address, or one of the range.
    pub address: IpAddr,
    /// How many of its first bits are meant.
    pub bits: u8,
    /// The port; `None` for any.
    pub port: Option<u16>,
}

/// Why a text is no [`Peer`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no address with a port: expected `10.0.0.1:80`, `[::1]:443`, `10.0.0.0/8:*` or the \
     like; a name is not one"
)]
pub struct PeerError(String);

impl FromStr for Peer {
    type Err = PeerError;

    fn from_str(text: &str) -> Result<Peer, PeerError> {
        read(text).ok_or_else(|| PeerError(text.escape_debug().to_string()))
    }
}

fn read(text: &str) -> Option<Peer> {
    let (range, port) = text.rsplit_once(':')?;
    let inner = range.strip_prefix('[').and_then(|r| r.strip_suffix(']'));
    let (address, bits) = match inner.unwrap_or(range).split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (inner.unwrap_or(range), None),
    };
    let address: IpAddr = address.parse().ok()?;
    // The colons of an address and the one before the port are told apart by brackets.
    if address.is_ipv6() != inner.is_some() {
        return None;
    }
    let all = if address.is_ipv6() { 128 } else { 32 };
    let bits = match bits {
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= all)?,
        None => all,
    };
    let port = match port {
        "*" => None,
        port => Some(port.parse().ok()?),
    };
    Some(Peer {
        address,
        bits,
        port,
    })
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = match self.address {
            IpAddr::V4(_) => ("", ""),
            IpAddr::V6(_) => ("[", "]"),
        };
        write!(f, "{open}{}/{}{close}:", self.address, self.bits)?;
        match self.port {
            Some(port) => write!(f, "{port}"),
            None => f.write_str("*"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.
mod tests {
    use super::*;

    #[test]
    fn peers() {
        for (text, shown) in [
            ("10.0.0.1:80", "10.0.0.1/32:80"),
            ("10.0.0.0/8:*", "10.0.0.0/8:*"),
            ("[::1]:443", "[::1/128]:443"),
            ("[fd00::/8]:1", "[fd00::/8]:1"),
        ] {
            assert_eq!(text.parse::<Peer>().unwrap().to_string(), shown);
        }
        for bad in [
            "",
            ":80",
            "10.0.0.1",
            "::1",
            "::1:80",
            "[10.0.0.1]:80",
            "10.0.0.1:70000",
            "10.0.0.1/33:80",
            "localhost:80",
            "10.0.0.1:",
        ] {
            assert!(bad.parse::<Peer>().is_err(), "{bad}");
        }
    }
}
