//! The kinds of manifest.

use std::fmt;
use std::str::FromStr;

/// A kind of manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A `WorkloadDeployment` of wasmCloud 2 (`runtime.wasmcloud.dev/v1alpha1`).
    Wasmcloud,
    /// `.wash/config.yaml`, the project file of `wash dev`.
    Wash,
    /// `spin.toml`, manifest version 2.
    Spin,
    /// An `Application` of the Open Application Model, as wadm of wasmCloud 1 reads it.
    Wadm,
    /// Command lines of `wasmtime run` and `wasmtime serve`.
    Wasmtime,
    /// Names of environment variables, as `.env.example` lists them.
    Dotenv,
    /// A `ConfigMap` and a `Secret` of Kubernetes with the keys and no values.
    Configmap,
    /// A page for people.
    Markdown,
    /// What a registry says of the artifact: annotations and the config of the image.
    Oci,
}

/// How a manifest is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// YAML, one or more documents.
    Yaml,
    /// TOML.
    Toml,
    /// Lines of `NAME=value`.
    Dotenv,
    /// Text that is compared line by line.
    Text,
}

/// A name that no target has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no kind of manifest is called `{0}`")]
pub struct UnknownTarget(pub String);

impl Target {
    /// All targets, in the order of the documentation.
    pub const ALL: [Target; 9] = [
        Target::Wasmcloud,
        Target::Wash,
        Target::Spin,
        Target::Wadm,
        Target::Wasmtime,
        Target::Dotenv,
        Target::Configmap,
        Target::Markdown,
        Target::Oci,
    ];

    /// Its name on the command line and in `gusset.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Target::Wasmcloud => "wasmcloud",
            Target::Wash => "wash",
            Target::Spin => "spin",
            Target::Wadm => "wadm",
            Target::Wasmtime => "wasmtime",
            Target::Dotenv => "dotenv",
            Target::Configmap => "configmap",
            Target::Markdown => "markdown",
            Target::Oci => "oci",
        }
    }

    /// How it is written down.
    pub fn syntax(self) -> Syntax {
        match self {
            Target::Wasmcloud | Target::Wash | Target::Wadm | Target::Configmap => Syntax::Yaml,
            Target::Spin => Syntax::Toml,
            Target::Dotenv => Syntax::Dotenv,
            Target::Wasmtime | Target::Markdown | Target::Oci => Syntax::Text,
        }
    }

    /// The built-in profile of the host that it is for.
    pub fn profile(self) -> &'static str {
        match self {
            Target::Wash => "wash-dev-2.7",
            Target::Spin => "spin-4.1",
            Target::Wadm => "wasmcloud-1",
            Target::Wasmtime => "wasmtime-48",
            Target::Wasmcloud
            | Target::Dotenv
            | Target::Configmap
            | Target::Markdown
            | Target::Oci => "wasmcloud-2.7",
        }
    }

    /// Whether it says what a host is asked for, so that a profile matters.
    pub fn is_for_a_host(self) -> bool {
        match self {
            Target::Wasmcloud | Target::Wash | Target::Spin | Target::Wadm | Target::Wasmtime => {
                true
            }
            Target::Dotenv | Target::Configmap | Target::Markdown | Target::Oci => false,
        }
    }

    /// Whether a profile is one of the same host, in another version perhaps. A file is not:
    /// its name says nothing.
    pub fn is_for(self, profile: &str) -> bool {
        let host = |name: &str| name.rsplit_once('-').map(|(host, _)| host.to_string());
        // wasmCloud 1 is deployed with wadm.
        let first = |name: &str| name == "wasmcloud-1" || name.starts_with("wasmcloud-1.");
        host(profile) == host(self.profile()) && first(profile) == first(self.profile())
    }

    /// The name of its file in a folder of manifests; `workload` is the name of the workload.
    pub fn file_name(self, workload: &str) -> String {
        match self {
            Target::Wasmcloud => format!("{workload}.wasmcloud.yaml"),
            Target::Wash => format!("{workload}.wash.yaml"),
            Target::Spin => format!("{workload}.spin.toml"),
            Target::Wadm => format!("{workload}.wadm.yaml"),
            Target::Wasmtime => format!("{workload}.wasmtime.sh"),
            Target::Dotenv => format!("{workload}.env.example"),
            Target::Configmap => format!("{workload}.config.yaml"),
            Target::Markdown => format!("{workload}.md"),
            Target::Oci => format!("{workload}.oci.json"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(name: &str) -> Result<Target, UnknownTarget> {
        let found = Target::ALL.into_iter().find(|t| t.as_str() == name);
        found.ok_or_else(|| UnknownTarget(name.to_string()))
    }
}
