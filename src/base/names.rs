//! Names of interfaces, as they stand in component import and export names.

use semver::Version;
use std::fmt;
use std::str::FromStr;

/// The name of an interface: `wasi:http/types@0.2.6`.
///
/// Nested namespaces and projections (`a:b:c/d/e`) are kept: everything before the last `:`
/// is the namespace and everything after the first `/` is the interface.
/// Grammar: component-model `Explainer.md`, `interfacename`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceName {
    /// `wasi` in `wasi:http/types@0.2.6`.
    pub namespace: String,
    /// `http` in `wasi:http/types@0.2.6`.
    pub package: String,
    /// `types` in `wasi:http/types@0.2.6`.
    pub interface: String,
    /// `0.2.6` in `wasi:http/types@0.2.6`; `None` when the name carries no version.
    pub version: Option<Version>,
}

/// Why a string is not the name of an interface.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No `namespace:package/interface` shape.
    #[error("`{0}` is not an interface name: expected `namespace:package/interface[@version]`")]
    Shape(String),
    /// What follows `@` is not a semantic version.
    #[error("`{name}` has a bad version: {reason}")]
    Version {
        /// The whole name.
        name: String,
        /// What the version parser said.
        reason: String,
    },
}

impl InterfaceName {
    /// `wasi:http/types`, without the version.
    pub fn unversioned(&self) -> String {
        format!("{}:{}/{}", self.namespace, self.package, self.interface)
    }

    /// The part of a version on which two interfaces can be compatible: `1` for `1.4.2`,
    /// `0.2` for `0.2.6`, `0.0.3` for `0.0.3`, and the whole version for a prerelease
    /// (component-model `Explainer.md`, `canonversion`). `None` without a version.
    pub fn track(&self) -> Option<String> {
        let v = self.version.as_ref()?;
        Some(if !v.pre.is_empty() {
            v.to_string()
        } else if v.major > 0 {
            v.major.to_string()
        } else if v.minor > 0 {
            format!("0.{}", v.minor)
        } else {
            format!("0.0.{}", v.patch)
        })
    }

    /// Whether both name one interface on one version track.
    pub fn same_track(&self, other: &InterfaceName) -> bool {
        self.namespace == other.namespace
            && self.package == other.package
            && self.interface == other.interface
            && self.track() == other.track()
    }
}

/// Whether two names of imports or exports are one interface on one version track, or one
/// plain name.
pub fn same_interface(a: &str, b: &str) -> bool {
    // Compositions ask this for every pair of names: most differ in more than the version.
    if a == b {
        return true;
    }
    if unversioned(a) != unversioned(b) {
        return false;
    }
    match (a.parse::<InterfaceName>(), b.parse::<InterfaceName>()) {
        (Ok(a), Ok(b)) => a.same_track(&b),
        _ => false,
    }
}

/// A name up to its version, whatever it is the name of.
pub fn unversioned(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Whether two names are one interface in any versions.
pub fn same_but_version(a: &str, b: &str) -> bool {
    if unversioned(a) != unversioned(b) {
        return false;
    }
    match (a.parse::<InterfaceName>(), b.parse::<InterfaceName>()) {
        (Ok(a), Ok(b)) => {
            a.namespace == b.namespace && a.package == b.package && a.interface == b.interface
        }
        _ => false,
    }
}

impl FromStr for InterfaceName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let shape = || NameError::Shape(text.to_string());
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let (scope, interface) = name.split_once('/').ok_or_else(shape)?;
        let (namespace, package) = scope.rsplit_once(':').ok_or_else(shape)?;
        if [namespace, package, interface].iter().any(|p| p.is_empty()) {
            return Err(shape());
        }
        let version = version
            .map(|v| {
                Version::parse(v).map_err(|e| NameError::Version {
                    name: text.to_string(),
                    reason: e.to_string(),
                })
            })
            .transpose()?;
        Ok(InterfaceName {
            namespace: namespace.to_string(),
            package: package.to_string(),
            interface: interface.to_string(),
            version,
        })
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.namespace, self.package, self.interface)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in [
            "wasi:http/types@0.2.6",
            "wasi:config/store@0.2.0-rc.1",
            "acme:shop/orders",
            "a:b:c/d/e@1.0.0",
        ] {
            let parsed: InterfaceName = name.parse().unwrap();
            assert_eq!(parsed.to_string(), name);
        }
        for bad in ["run", "wasi:http", "http/types", "wasi:/types", "a:b/c@x"] {
            assert!(bad.parse::<InterfaceName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tracks_follow_the_canonical_version() {
        let track = |v: &str| {
            format!("a:b/c@{v}")
                .parse::<InterfaceName>()
                .unwrap()
                .track()
        };
        assert_eq!(track("1.4.2").as_deref(), Some("1"));
        assert_eq!(track("0.2.6").as_deref(), Some("0.2"));
        assert_eq!(track("0.0.3").as_deref(), Some("0.0.3"));
        assert_eq!(track("0.2.0-rc.1").as_deref(), Some("0.2.0-rc.1"));
    }
}
