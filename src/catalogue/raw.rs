//! The file as it is written.

use serde::Deserialize;
use std::fmt;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub interface: Vec<RawInterface>,
    #[serde(default)]
    pub core: Vec<RawCore>,
    #[serde(default)]
    pub runtime: Vec<Spanned<RawRuntime>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRuntime {
    pub name: String,
    pub kind: Option<Spanned<String>>,
    pub keys: Spanned<Strings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInterface {
    pub id: Spanned<Strings>,
    pub versions: Option<Spanned<Strings>>,
    #[serde(default)]
    pub sink: Vec<Spanned<RawSink>>,
    #[serde(default)]
    pub source: Vec<Spanned<RawSource>>,
    #[serde(default)]
    pub trigger: Vec<Spanned<RawTrigger>>,
    #[serde(default)]
    pub egress: Vec<Spanned<RawEgress>>,
    /// Whether an export of it is called once for each instance.
    #[serde(default)]
    pub once: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEgress {
    pub function: Spanned<Strings>,
    pub to: Option<Spanned<Strings>>,
    pub gives: Option<String>,
    pub parameter: Option<Spanned<Strings>>,
    pub handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSink {
    pub function: Spanned<Strings>,
    pub kind: Option<Spanned<String>>,
    pub parameter: Option<Spanned<Strings>>,
    pub format: Option<RawFormat>,
    #[serde(default)]
    pub prefix: bool,
    #[serde(default)]
    pub label: bool,
    #[serde(default)]
    pub(super) enumerates: bool,
    pub audit: Option<String>,
    #[serde(default)]
    pub egress: bool,
    #[serde(default)]
    pub mount: bool,
    #[serde(default)]
    pub exits: bool,
    #[serde(default)]
    pub ignore: bool,
    #[serde(default, rename = "override")]
    pub replace: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawFormat {
    Plain,
    Url,
    SocketAddress,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub function: Spanned<Strings>,
    pub kind: Spanned<String>,
    pub layout: RawLayout,
    #[serde(default, rename = "override")]
    pub replace: bool,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawLayout {
    Pairs,
    Preview1Environ,
    Preview1EnvironSizes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTrigger {
    pub function: Spanned<Strings>,
    pub kind: Spanned<String>,
    #[serde(default, rename = "override")]
    pub replace: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCore {
    pub module: Spanned<Strings>,
    #[serde(default)]
    pub sink: Vec<Spanned<RawCoreSink>>,
    #[serde(default)]
    pub source: Vec<Spanned<RawSource>>,
    #[serde(default)]
    pub answer: Vec<Spanned<RawAnswer>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAnswer {
    pub function: Spanned<Strings>,
    #[serde(default)]
    pub result: u64,
    #[serde(default)]
    pub write: Vec<RawWrite>,
    #[serde(default, rename = "override")]
    pub replace: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWrite {
    pub at: usize,
    #[serde(default)]
    pub offset: u32,
    pub bytes: Option<u8>,
    pub number: Option<u64>,
    pub input: Option<u64>,
    pub parameter: Option<usize>,
    pub gathered: Option<usize>,
    pub noise: Option<usize>,
    #[serde(default)]
    pub ticks: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCoreSink {
    pub function: Spanned<Strings>,
    pub kind: Option<Spanned<String>>,
    pub address: Option<usize>,
    #[serde(default)]
    pub egress: bool,
    #[serde(default)]
    pub mount: bool,
    #[serde(default)]
    pub exits: bool,
    #[serde(default)]
    pub ignore: bool,
    #[serde(default, rename = "override")]
    pub replace: bool,
}

/// A string, or a list of at least one.
pub(super) struct Strings(pub Vec<String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Strings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, text: &str) -> Result<Strings, E> {
                Ok(Strings(vec![text.to_string()]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Strings, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = list.next_element()? {
                    all.push(text);
                }
                match all.is_empty() {
                    true => Err(serde::de::Error::invalid_length(0, &"at least one string")),
                    false => Ok(Strings(all)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
