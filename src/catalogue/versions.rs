//! Which versions of an interface a row is about.

use semver::{Version, VersionReq};
use std::fmt;

/// Versions of an interface: any of the rules may admit one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions(Vec<VersionRule>);

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRule {
    /// `*`: every version, prereleases and no version included.
    Any,
    /// `unversioned`: only a name without version.
    Unversioned,
    /// A prerelease such as `0.2.0-rc.1`: that version alone.
    Exact(Version),
    /// A requirement as cargo writes it, such as `0.2`, `>=0.2.1, <0.4`: releases only,
    /// unless the requirement itself names a prerelease.
    Matching(VersionReq),
}

impl Versions {
    /// Reads rules; an empty list is an error.
    pub(super) fn parse(texts: &[String]) -> Result<Versions, String> {
        if texts.is_empty() {
            return Err("no version at all: leave `versions` out to mean every version".into());
        }
        texts
            .iter()
            .map(|t| rule(t))
            .collect::<Result<_, _>>()
            .map(Versions)
    }

    /// Every version.
    pub(super) fn any() -> Versions {
        Versions(vec![VersionRule::Any])
    }

    /// Whether a version (`None`: a name without one) is among them.
    pub fn contain(&self, version: Option<&Version>) -> bool {
        self.0.iter().any(|rule| match (rule, version) {
            (VersionRule::Any, _) | (VersionRule::Unversioned, None) => true,
            (VersionRule::Exact(exact), Some(version)) => exact == version,
            (VersionRule::Matching(req), Some(version)) => req.matches(version),
            _ => false,
        })
    }

    /// The rules.
    pub fn rules(&self) -> &[VersionRule] {
        &self.0
    }

    /// Whether both surely admit a common version. Two different requirements may overlap
    /// without this being seen.
    pub(super) fn overlap(&self, other: &Versions) -> bool {
        let any = |v: &Versions| v.0.contains(&VersionRule::Any);
        any(self)
            || any(other)
            || self
                .0
                .iter()
                .any(|rule| other.admits(rule) || other.0.contains(rule))
            || other.0.iter().any(|rule| self.admits(rule))
    }

    fn admits(&self, rule: &VersionRule) -> bool {
        match rule {
            VersionRule::Exact(version) => self.contain(Some(version)),
            VersionRule::Unversioned => self.contain(None),
            _ => false,
        }
    }
}

fn rule(text: &str) -> Result<VersionRule, String> {
    match text {
        "*" => return Ok(VersionRule::Any),
        "unversioned" => return Ok(VersionRule::Unversioned),
        _ => {}
    }
    if let Ok(version) = Version::parse(text)
        && !version.pre.is_empty()
    {
        return Ok(VersionRule::Exact(version));
    }
    VersionReq::parse(text)
        .map(VersionRule::Matching)
        .map_err(|e| format!("`{text}` is neither a version requirement nor a prerelease: {e}"))
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, rule) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            match rule {
                VersionRule::Any => f.write_str("*")?,
                VersionRule::Unversioned => f.write_str("unversioned")?,
                VersionRule::Exact(version) => write!(f, "{version}")?,
                VersionRule::Matching(req) => write!(f, "{req}")?,
            }
        }
        Ok(())
    }
}
