//! Every built-in row, applied to a component that imports its function.

use super::build::{Lowering, component, interfaces};
use super::{lines, sinks};
use crate::binary::abi::tests::check_lowers;
use crate::catalogue::{Catalogue, Fact};
use std::collections::BTreeSet;
use std::path::Path;
use wit_component::StringEncoding;
use wit_parser::Resolve;

const WIT: &[(&str, &str)] = &[
    ("wasi.wit", include_str!("../testdata/wasi.wit")),
    ("wasmcloud.wit", include_str!("../testdata/wasmcloud.wit")),
    ("spin.wit", include_str!("../testdata/spin.wit")),
];

fn resolve(index: usize) -> Resolve {
    let (file, text) = WIT[index];
    let mut resolve = Resolve::default();
    resolve.push_str(file, text).unwrap();
    resolve
}

#[test]
fn every_builtin_row_fits_its_function() {
    let catalogue = Catalogue::builtin().unwrap();
    let mut met = BTreeSet::new();
    for index in 0..WIT.len() {
        let resolve = resolve(index);
        for lowering in [Lowering::Sync, Lowering::Async] {
            let all = interfaces(&resolve);
            let bytes = component(&resolve, &all, lowering, StringEncoding::UTF8);
            assert!(check_lowers(&bytes) > 20);
            let sinks = sinks(&bytes, &catalogue);
            let mismatches: Vec<_> = sinks.mismatches.iter().map(|m| m.to_string()).collect();
            let unlabelled = |m: &&String| !m.ends_with("without a label to name it");
            let wrong: Vec<_> = mismatches.iter().filter(unlabelled).collect();
            assert!(wrong.is_empty(), "{wrong:#?}");
            let hosts = sinks.uses.iter().map(|u| &u.host);
            let hosts = hosts.chain(sinks.sources.iter().map(|s| &s.host));
            let hosts = hosts.chain(sinks.mismatches.iter().map(|m| &m.host));
            met.extend(hosts.map(|h| {
                let interface = h.interface.split('@').next().unwrap();
                format!("{interface}#{}", h.function)
            }));
        }
    }
    // Functions that end the program are known by name: there is no parameter to fit.
    let no_call = |f: &Fact| matches!(f, Fact::Trigger { .. } | Fact::Exits);
    let rows = catalogue.rows().iter().filter(|row| !no_call(&row.fact));
    let names = rows.map(|row| format!("{}#{}", row.interface, row.function));
    let missed: BTreeSet<_> = names.filter(|name| !met.contains(name)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn real_packages_agree_with_the_catalogue() {
    let catalogue = Catalogue::builtin().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut met = 0;
    for folder in ["wit", "../shared/wit"] {
        let Ok(packages) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        for package in packages {
            let path = package.unwrap().path();
            let mut resolve = Resolve::default();
            // Packages that need others are not complete here.
            if !path.is_dir() || resolve.push_dir(&path).is_err() {
                continue;
            }
            for lowering in [Lowering::Sync, Lowering::Async] {
                let all = interfaces(&resolve);
                let bytes = component(&resolve, &all, lowering, StringEncoding::UTF8);
                check_lowers(&bytes);
                let sinks = sinks(&bytes, &catalogue);
                for mismatch in &sinks.mismatches {
                    let text = mismatch.to_string();
                    assert!(
                        text.contains("without a label"),
                        "{}: {text}",
                        path.display()
                    );
                }
                met += lines(&sinks).len();
            }
        }
    }
    assert!(met > 50, "{met}");
}
