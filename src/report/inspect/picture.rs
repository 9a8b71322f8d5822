//! Facts → a picture of instances and links.

use super::text::title;
use super::wire::*;
use crate::report::picture::{BoxKind, Detail, End, Link, LinkKind, Picture, PictureBox, Port};
use crate::report::plain::{hash, size};
use std::collections::HashMap;

/// The instances of a file as nested boxes, links in the direction of calls: from the
/// exports of the root over its instances to what the host provides. Glue is left out.
pub fn picture(facts: &FileFacts) -> Picture {
    let mut picture = Picture {
        title: title(facts),
        subtitle: format!(
            "{}, {}, sha256 {}, digest {}",
            facts.kind,
            size(facts.size),
            hash(&facts.sha256),
            hash(&facts.digest)
        ),
        ..Picture::default()
    };
    let instances: Vec<&InstanceFacts> = facts
        .instances
        .iter()
        .filter(|i| i.role != "glue")
        .collect();
    let roles: HashMap<&str, &str> = instances.iter().map(|i| (i.id.as_str(), i.role)).collect();
    let positions: HashMap<&str, usize> = facts
        .imports
        .iter()
        .enumerate()
        .map(|(position, import)| (import.name.as_str(), position))
        .collect();

    picture.imports = facts.imports.iter().map(import_port).collect();
    for (position, export) in facts.exports.iter().enumerate() {
        picture.exports.push(Port {
            label: export.name.clone(),
            detail: export.functions.clone(),
            used: true,
        });
        // A core module exports from its only instance.
        let own = [ProviderFacts::Instance("root".to_string())];
        let from = if facts.kind == "module" {
            &own[..]
        } else {
            &export.from[..]
        };
        for to in from.iter().filter_map(|p| end(p, &roles, &positions)) {
            picture.links.push(Link {
                from: End::Export(position),
                to,
                label: export.name.clone(),
                detail: export.functions.clone(),
                kind: LinkKind::Static,
            });
        }
    }
    for instance in instances {
        picture.boxes.push(instance_box(instance));
        // Compositions only hand on what their parts use.
        if instance.role == "composition" {
            continue;
        }
        for link in &instance.links {
            for provider in &link.from {
                picture
                    .links
                    .extend(instance_link(instance, link, provider, &roles, &positions));
            }
        }
    }
    picture
}

fn import_port(import: &ImportFacts) -> Port {
    let mut label = import.name.clone();
    if let Some(interface) = &import.implements {
        label = format!("{label} ({interface})");
    }
    let mark = |function: &String| match import.never_called.contains(function) {
        true => format!("{function} (never called)"),
        false => function.clone(),
    };
    let mut detail: Vec<String> = import.functions.iter().map(mark).collect();
    detail.extend(
        import
            .external_id
            .iter()
            .map(|id| format!("external-id {id}")),
    );
    Port {
        label,
        detail,
        used: import.used,
    }
}

fn instance_box(instance: &InstanceFacts) -> PictureBox {
    let from = |provider: &ProviderFacts| match provider {
        ProviderFacts::Host(import) => format!("host ({import})"),
        ProviderFacts::Instance(id) => id.clone(),
        ProviderFacts::Unknown(why) => format!("unknown, {why}"),
    };
    let links = instance.links.iter().map(|link| {
        let providers: Vec<String> = link.from.iter().map(from).collect();
        format!("{} ← {}", link.import, providers.join(", "))
    });
    let modules = instance.modules.iter().map(|module| {
        format!(
            "{} {}: {}, {} of {} functions can run",
            module.id,
            module.name.as_deref().unwrap_or(""),
            size(module.size),
            module.reachable_functions,
            module.functions
        )
    });
    let details = [
        ("imports", links.collect::<Vec<_>>()),
        ("core modules", modules.collect()),
        ("component", instance.component.iter().cloned().collect()),
    ];
    let digest = instance.component.as_deref().map(hash);
    PictureBox {
        id: instance.id.clone().into(),
        label: instance.name.clone().unwrap_or_else(|| instance.id.clone()),
        sublabel: digest.map(|d| format!("digest {d}")).unwrap_or_default(),
        parent: parent(&instance.id).map(Into::into),
        kind: match instance.role {
            "composition" => BoxKind::Composition,
            _ => BoxKind::Component,
        },
        details: details
            .into_iter()
            .filter(|(_, items)| !items.is_empty())
            .map(|(heading, items)| Detail {
                heading: heading.to_string(),
                items,
            })
            .collect(),
    }
}

fn parent(id: &str) -> Option<&str> {
    id.rsplit_once('/').map(|(parent, _)| parent)
}

fn instance_link(
    instance: &InstanceFacts,
    link: &LinkFacts,
    provider: &ProviderFacts,
    roles: &HashMap<&str, &str>,
    positions: &HashMap<&str, usize>,
) -> Option<Link> {
    let to = end(provider, roles, positions)?;
    let kind = match provider {
        ProviderFacts::Host(_) => LinkKind::Host,
        _ => LinkKind::Static,
    };
    Some(Link {
        from: End::Box(instance.id.clone().into()),
        to,
        label: link.import.clone(),
        detail: link.called.clone(),
        kind,
    })
}

fn end(
    provider: &ProviderFacts,
    roles: &HashMap<&str, &str>,
    positions: &HashMap<&str, usize>,
) -> Option<End> {
    match provider {
        ProviderFacts::Host(import) => positions.get(import.as_str()).map(|p| End::Import(*p)),
        ProviderFacts::Instance(id) => roles
            .contains_key(id.as_str())
            .then(|| End::Box(id.clone().into())),
        ProviderFacts::Unknown(_) => None,
    }
}
