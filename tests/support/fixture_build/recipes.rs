//! What is in `fixtures/bin` and how each file comes about.

use super::componentize::preview1_command;
use super::sections::strip;
use super::{Built, Result, compose};

/// One call of the guests' cargo.
pub(crate) struct Build {
    /// Rust target.
    pub(crate) target: &'static str,
    /// Cargo profile.
    pub(crate) profile: &'static str,
    /// Packages of `fixtures/guests`.
    pub(crate) packages: &'static [&'static str],
}

/// Every call of the guests' cargo.
pub(crate) const BUILDS: &[Build] = &[
    Build {
        target: P2,
        profile: "release",
        packages: &[
            "audit",
            "buckets",
            "depot-service",
            "gateway",
            "hello-p3",
            "holder",
            "keeper",
            "keeper-leaks",
            "logger",
            "orders",
            "pricing",
            "recorder",
            "recorder-leaks",
            "secret-flow",
            "settings",
            "std-env",
            "std-tools",
            "tools-p3",
            "teller",
        ],
    },
    Build {
        target: BARE,
        profile: "release",
        packages: &[
            "depot-api",
            "depot-worker",
            "desk",
            "feed",
            "guard",
            "http-auth",
            "http-hello",
            "http-log",
            "http3-auth",
            "http3-hello",
            "http3-log",
            "http3-proxy",
            "http3-shout",
            "labels",
            "stock",
            "unused",
        ],
    },
    Build {
        target: P1,
        profile: "release",
        packages: &["std-env"],
    },
    Build {
        target: P2,
        profile: "lines",
        packages: &["orders"],
    },
];

/// The guests that ship inside the tool: the file in `adapters/bin`, its package in `adapters`
/// and the features that it is built with.
pub(crate) const ADAPTERS: &[(&str, &str, &str)] = &[
    ("io.wasm", "adapter-io", ""),
    ("io-files.wasm", "adapter-io", "files"),
    ("keyvalue.wasm", "adapter-keyvalue", ""),
];

const P1: &str = "wasm32-wasip1";
const P2: &str = "wasm32-wasip2";
const BARE: &str = "wasm32-unknown-unknown";

/// A file that the guests' cargo made.
pub(crate) struct Guest {
    target: &'static str,
    profile: &'static str,
    stem: &'static str,
}

impl Guest {
    const fn release(target: &'static str, stem: &'static str) -> Self {
        let profile = "release";
        Self {
            target,
            profile,
            stem,
        }
    }

    /// Where the file is, below the target folder.
    pub(crate) fn artifact(&self) -> String {
        format!("{}/{}/{}.wasm", self.target, self.profile, self.stem)
    }
}

/// How one file is made.
pub(crate) enum Recipe {
    /// As cargo made it.
    Guest(Guest),
    /// A core module from cargo, made a component with wit-component.
    Componentize(Guest),
    /// From the text file of the same name in `fixtures/wat`.
    Wat,
    /// From files that stand before it in the table.
    Derived(fn(&Built) -> Result<Vec<u8>>),
    /// From the C program of the same name in `fixtures/c`.
    C,
}

/// Every file. A derived file stands after the ones it is made from.
pub(crate) const RECIPES: &[(&str, Recipe)] = &[
    ("audit.wasm", p2("audit")),
    ("buckets.wasm", p2("buckets")),
    ("depot-service.wasm", p2("depot-service")),
    ("gateway.wasm", p2("gateway")),
    ("hello-p3.wasm", p2("hello_p3")),
    ("logger.wasm", p2("logger")),
    ("orders.wasm", p2("orders")),
    (
        "orders-lines.wasm",
        Recipe::Guest(Guest {
            target: P2,
            profile: "lines",
            stem: "orders",
        }),
    ),
    ("pricing.wasm", p2("pricing")),
    ("settings.wasm", p2("settings")),
    ("std-env.wasm", p2("std-env")),
    (
        "std-env-stripped.wasm",
        Recipe::Derived(|built| strip(get(built, "std-env.wasm")?)),
    ),
    (
        "std-env-p1.wasm",
        Recipe::Guest(Guest::release(P1, "std-env")),
    ),
    (
        "std-env-p1-component.wasm",
        Recipe::Derived(|built| preview1_command(get(built, "std-env-p1.wasm")?)),
    ),
    ("std-tools.wasm", p2("std-tools")),
    ("depot-api.wasm", bare("depot_api")),
    ("depot-worker.wasm", bare("depot_worker")),
    ("tools-p3.wasm", p2("tools_p3")),
    ("desk.wasm", bare("desk")),
    ("secret-base64-leaks.wasm", p2("secret-base64-leaks")),
    ("secret-base64.wasm", p2("secret-base64")),
    ("secret-compare-leaks.wasm", p2("secret-compare-leaks")),
    ("secret-compare.wasm", p2("secret-compare")),
    ("secret-debug-leaks.wasm", p2("secret-debug-leaks")),
    ("secret-debug.wasm", p2("secret-debug")),
    ("secret-error-leaks.wasm", p2("secret-error-leaks")),
    ("secret-error.wasm", p2("secret-error")),
    ("secret-hash-leaks.wasm", p2("secret-hash-leaks")),
    ("secret-hash.wasm", p2("secret-hash")),
    ("secret-header-leaks.wasm", p2("secret-header-leaks")),
    ("secret-header.wasm", p2("secret-header")),
    ("secret-length-leaks.wasm", p2("secret-length-leaks")),
    ("secret-length.wasm", p2("secret-length")),
    ("secret-panic-leaks.wasm", p2("secret-panic-leaks")),
    ("secret-panic.wasm", p2("secret-panic")),
    ("secret-println-leaks.wasm", p2("secret-println-leaks")),
    ("secret-println.wasm", p2("secret-println")),
    ("teller.wasm", p2("teller")),
    ("recorder.wasm", p2("recorder")),
    ("recorder-leaks.wasm", p2("recorder_leaks")),
    ("holder.wasm", p2("holder")),
    ("keeper.wasm", p2("keeper")),
    ("keeper-leaks.wasm", p2("keeper_leaks")),
    (
        "secret-told.wasm",
        Recipe::Derived(|built| compose::told(built, "recorder.wasm")),
    ),
    (
        "secret-told-leaks.wasm",
        Recipe::Derived(|built| compose::told(built, "recorder-leaks.wasm")),
    ),
    (
        "secret-held.wasm",
        Recipe::Derived(|built| compose::held(built, "keeper.wasm")),
    ),
    (
        "secret-held-leaks.wasm",
        Recipe::Derived(|built| compose::held(built, "keeper-leaks.wasm")),
    ),
    ("feed.wasm", bare("feed")),
    ("guard.wasm", bare("guard")),
    ("http-auth.wasm", bare("http_auth")),
    ("http-hello.wasm", bare("http_hello")),
    ("http-log.wasm", bare("http_log")),
    ("http3-auth.wasm", bare("http3_auth")),
    ("http3-hello.wasm", bare("http3_hello")),
    ("http3-log.wasm", bare("http3_log")),
    ("http3-proxy.wasm", bare("http3_proxy")),
    ("http3-shout.wasm", bare("http3_shout")),
    ("labels.wasm", bare("labels")),
    ("stock.wasm", bare("stock")),
    ("unused.wasm", bare("unused")),
    ("c-getenv.wasm", Recipe::C),
    (
        "c-getenv-component.wasm",
        Recipe::Derived(|built| preview1_command(get(built, "c-getenv.wasm")?)),
    ),
    ("nested.wasm", Recipe::Wat),
    ("never-called.wasm", Recipe::Wat),
    ("shared-everything.wasm", Recipe::Wat),
    ("wapc.wasm", Recipe::Wat),
    ("wasmcloud-v0.wasm", Recipe::Wat),
    ("checkout.wasm", Recipe::Derived(compose::checkout)),
    ("shop.wasm", Recipe::Derived(compose::shop)),
    (
        "shop-stripped.wasm",
        Recipe::Derived(|built| strip(get(built, "shop.wasm")?)),
    ),
];

const fn p2(stem: &'static str) -> Recipe {
    Recipe::Guest(Guest::release(P2, stem))
}

const fn bare(stem: &'static str) -> Recipe {
    Recipe::Componentize(Guest::release(BARE, stem))
}

/// A file that was built before.
pub(crate) fn get<'a>(built: &'a Built, name: &str) -> Result<&'a [u8]> {
    let bytes = built.get(name).map(Vec::as_slice);
    bytes.ok_or_else(|| format!("{name} is not built yet: move it up in RECIPES").into())
}
