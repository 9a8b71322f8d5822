//! One edge at a time: what a host does with it.

use super::components::{binaries, edge, kind, planned, problems, provider};
use gusset::plan::{Decision, DecisionKind, ProblemCode, ReasonCode, RiskCode};

const WEB: &str = "import acme:shop/orders@0.1.0; import wasi:keyvalue/store@0.2.0-draft; \
                   export wasi:http/incoming-handler@0.2.0;";
const ORDERS: &str = "import wasi:keyvalue/store@0.2.0-draft; export acme:shop/orders@0.1.0;";
const ORDERS_NAME: &str = "acme:shop/orders@0.1.0";

#[test]
fn each_host_links_two_components_in_its_own_way() {
    let components = [("web", WEB), ("orders", ORDERS)];
    for (profile, decision, code) in [
        (
            "wasmtime-48",
            DecisionKind::Static,
            ReasonCode::NoRuntimeLinks,
        ),
        ("spin-4.1", DecisionKind::Static, ReasonCode::NoRuntimeLinks),
        (
            "wasmcloud-2.7",
            DecisionKind::Workload,
            ReasonCode::Preferred,
        ),
        ("wrpc-wasmtime", DecisionKind::Rpc, ReasonCode::Preferred),
        ("wasmcloud-1", DecisionKind::Rpc, ReasonCode::Preferred),
    ] {
        let plan = planned(profile, &components, "");
        let edge = edge(&plan, "web", ORDERS_NAME);
        assert_eq!(
            (edge.decision.kind(), edge.reason.code),
            (decision, code),
            "{profile}"
        );
        assert_eq!(provider(&edge.decision), Some("orders"));
        assert_eq!(
            plan.groups.len(),
            if decision == DecisionKind::Static {
                1
            } else {
                2
            }
        );
    }
}

#[test]
fn a_native_provider_is_its_own_decision() {
    let plan = planned("wasmcloud-1", &[("web", WEB), ("orders", ORDERS)], "");
    let edge = edge(&plan, "web", "wasi:keyvalue/store@0.2.0-draft");
    assert!(matches!(&edge.decision, Decision::Provider { provider } if provider.contains("nats")));
}

/// What a bridge cannot carry is fused, and the type that is in the way is named.
#[test]
fn what_rpc_cannot_carry_is_fused_and_says_why() {
    for (interface, why) in [
        ("feed", "`follow` has a `stream` in the type"),
        ("later", "`wait` has a `future` in the type"),
        ("slow", "`work` is `async`"),
        ("carts", "`[method]cart.add` takes a borrowed handle"),
        ("polls", "`wait-for` has a handle of a resource of the host"),
    ] {
        let consumer =
            format!("import acme:shop/{interface}@0.1.0; import wasi:keyvalue/store@0.2.0-draft;");
        let provider =
            format!("export acme:shop/{interface}@0.1.0; import wasi:keyvalue/store@0.2.0-draft;");
        let plan = planned("wrpc-wasmtime", &[("a", &consumer), ("b", &provider)], "");
        let edge = edge(&plan, "a", &format!("acme:shop/{interface}@0.1.0"));
        assert_eq!(edge.decision.kind(), DecisionKind::Static, "{interface}");
        assert_eq!(edge.reason.code, ReasonCode::CannotCross, "{interface}");
        assert!(edge.reason.text.contains(why), "{}", edge.reason.text);
        let refused = edge
            .refused
            .iter()
            .find(|r| r.decision == DecisionKind::Rpc);
        assert!(refused.is_some_and(|refused| refused.text.contains(why)));
    }
}

/// The same edges cross where both components are in one process.
#[test]
fn links_within_a_workload_carry_streams_and_handles() {
    for interface in ["feed", "later", "slow", "carts", "polls"] {
        let consumer =
            format!("import acme:shop/{interface}@0.1.0; import wasi:keyvalue/store@0.2.0-draft;");
        let provider =
            format!("export acme:shop/{interface}@0.1.0; import wasi:keyvalue/store@0.2.0-draft;");
        let plan = planned("wasmcloud-2.7", &[("a", &consumer), ("b", &provider)], "");
        let name = format!("acme:shop/{interface}@0.1.0");
        assert_eq!(
            kind(&plan, "a", &name),
            DecisionKind::Workload,
            "{interface}"
        );
        let lost = edge(&plan, "a", &name)
            .risks
            .iter()
            .any(|r| r.code == RiskCode::StateLost);
        assert_eq!(lost, interface == "slow", "{interface}");
    }
}

#[test]
fn a_function_without_a_transport_error_traps_and_one_with_it_reports() {
    let consumer = "import acme:shop/careful@0.1.0; import wasi:keyvalue/store@0.2.0-draft;";
    let provider = "export acme:shop/careful@0.1.0; import wasi:keyvalue/store@0.2.0-draft;";
    let plan = planned("wrpc-wasmtime", &[("a", consumer), ("b", provider)], "");
    let edge = edge(&plan, "a", "acme:shop/careful@0.1.0");
    assert_eq!(edge.decision.kind(), DecisionKind::Rpc);
    let of = |code| {
        let risk = edge.risks.iter().find(|risk| risk.code == code).unwrap();
        risk.functions.clone()
    };
    assert_eq!(of(RiskCode::Traps), ["tell"]);
    assert_eq!(of(RiskCode::TransportError), ["ask"]);
    // Fused, neither happens, and that is said.
    let rule = "[[link]]\nconsumer = \"a\"\nimport = \"acme:shop/careful\"\nprovider = \"b\"\nas = \"static\"\n";
    let plan = planned("wrpc-wasmtime", &[("a", consumer), ("b", provider)], rule);
    let edge = super::components::edge(&plan, "a", "acme:shop/careful@0.1.0");
    assert_eq!(edge.reason.code, ReasonCode::RuleStatic);
    assert!(edge.risks.is_empty());
    assert!(
        edge.reason
            .text
            .contains("the transport error of `ask` never occurs")
    );
}

#[test]
fn a_library_is_fused_with_its_only_user_and_stays_apart_from_two() {
    let user = "import acme:shop/stock@0.1.0; import wasi:keyvalue/store@0.2.0-draft;";
    let library = "import wasi:cli/stdout@0.2.0; export acme:shop/stock@0.1.0;";
    let plan = planned("wasmcloud-2.7", &[("a", user), ("lib", library)], "");
    assert_eq!(binaries(&plan), ["a+lib"]);
    assert_eq!(
        edge(&plan, "a", "acme:shop/stock@0.1.0").reason.code,
        ReasonCode::Library
    );
    let plan = planned(
        "wasmcloud-2.7",
        &[("a", user), ("lib", library), ("b", user)],
        "",
    );
    assert_eq!(binaries(&plan), ["a", "lib", "b"]);
    // One rule brings one of them together, and the other stays.
    let rule = "[[link]]\nconsumer = \"a\"\nimport = \"acme:shop/stock\"\nprovider = \"lib\"\nas = \"static\"\n";
    let plan = planned(
        "wasmcloud-2.7",
        &[("a", user), ("lib", library), ("b", user)],
        rule,
    );
    assert_eq!(binaries(&plan), ["a+lib", "b"]);
    assert_eq!(
        kind(&plan, "b", "acme:shop/stock@0.1.0"),
        DecisionKind::Workload
    );
}

#[test]
fn several_providers_are_not_guessed_between() {
    let components = [("web", WEB), ("one", ORDERS), ("two", ORDERS)];
    let plan = planned("wasmtime-48", &components, "");
    let found = edge(&plan, "web", ORDERS_NAME);
    assert_eq!(found.decision, Decision::Unsatisfied);
    assert_eq!(found.reason.code, ReasonCode::Ambiguous);
    assert!(!plan.holds());
    let rule = "[[link]]\nconsumer = \"web\"\nimport = \"acme:shop/orders\"\nprovider = \"two\"\n";
    let plan = planned("wasmtime-48", &components, rule);
    assert_eq!(
        provider(&edge(&plan, "web", ORDERS_NAME).decision),
        Some("two")
    );
}

#[test]
fn another_track_is_the_closest_and_no_provider() {
    let user = "import acme:audit/log@0.2.0;";
    let plan = planned(
        "wasmtime-48",
        &[("a", user), ("ledger", "export acme:audit/log@0.1.0;")],
        "",
    );
    let edge = edge(&plan, "a", "acme:audit/log@0.2.0");
    assert_eq!(edge.decision, Decision::Unsatisfied);
    assert!(
        edge.reason
            .text
            .contains("closest: `ledger` exports `acme:audit/log@0.1.0`")
    );
}

#[test]
fn versions_of_one_track_are_fused_but_not_linked_as_text() {
    let user = "import acme:audit/log@0.1.0; import wasi:keyvalue/store@0.2.0-draft;";
    let provider = "export acme:audit/log@0.1.1; import wasi:keyvalue/store@0.2.0-draft;";
    let plan = planned("wasmcloud-2.7", &[("a", user), ("b", provider)], "");
    let edge = edge(&plan, "a", "acme:audit/log@0.1.0");
    assert_eq!(edge.decision.kind(), DecisionKind::Static);
    assert!(
        edge.reason.text.contains("names meet as text"),
        "{}",
        edge.reason.text
    );
}

#[test]
fn a_host_says_what_it_wants_for_an_import() {
    let plan = planned(
        "wasmcloud-2.7",
        &[(
            "a",
            "import wasi:keyvalue/store@0.2.0-draft; import primary: wasi:keyvalue/store@0.2.0-draft; import wasi:cli/stdout@0.2.0;",
        )],
        "",
    );
    let service = |import: &str| match &edge(&plan, "a", import).decision {
        Decision::Host(service) => (service.plugin.clone().unwrap_or_default(), service.declare),
        other => panic!("{other:?}"),
    };
    assert_eq!(service("wasi:cli/stdout@0.2.0"), (String::new(), false));
    assert_eq!(
        service("wasi:keyvalue/store@0.2.0-draft"),
        ("wasi-keyvalue".to_string(), true)
    );
    assert_eq!(
        service("primary"),
        ("wasi-keyvalue-multiplexed".to_string(), true)
    );
}

#[test]
fn rules_that_keep_apart_what_cannot_cross_are_explained() {
    let a = "import acme:shop/feed@0.1.0;";
    let b = "export acme:shop/feed@0.1.0;";
    let rule = "[workload]\nisolate = [\"b\"]\n";
    let plan = planned("wrpc-wasmtime", &[("a", a), ("b", b)], rule);
    assert!(!plan.holds());
    let [problem] = plan.problems.as_slice() else {
        panic!("{:?}", problems(&plan));
    };
    assert_eq!(problem.code, ProblemCode::Contradiction);
    assert!(
        problem.message.contains("only fusing can connect them"),
        "{}",
        problem.message
    );
    assert!(problem.message.contains("`stream`"));
    assert_eq!(problem.places.len(), 1);
    assert_eq!(
        edge(&plan, "a", "acme:shop/feed@0.1.0").decision,
        Decision::Unsatisfied
    );
}

#[test]
fn static_and_isolate_on_one_edge_contradict_each_other() {
    let rule = "[workload]\nisolate = [\"orders\"]\n[[link]]\nconsumer = \"web\"\nimport = \"acme:shop/orders\"\nprovider = \"orders\"\nas = \"static\"\n";
    let plan = planned("wasmcloud-2.7", &[("web", WEB), ("orders", ORDERS)], rule);
    let [problem] = plan.problems.as_slice() else {
        panic!("{:?}", problems(&plan));
    };
    assert_eq!(problem.code, ProblemCode::Contradiction);
    assert_eq!(problem.places.len(), 2, "both lines");
}

#[test]
fn what_other_links_fuse_cannot_be_kept_apart() {
    // `a` and `b` are kept apart, but each must be fused with `c`.
    let a = "import acme:shop/orders@0.1.0; import acme:shop/feed@0.1.0;";
    let b = "export acme:shop/orders@0.1.0; import acme:shop/later@0.1.0;";
    let c = "export acme:shop/feed@0.1.0; export acme:shop/later@0.1.0;";
    let rule = "[workload]\nscale-separately = [\"b\"]\n";
    let plan = planned("wrpc-wasmtime", &[("a", a), ("b", b), ("c", c)], rule);
    let found = problems(&plan);
    assert!(
        found.iter().any(|p| p.contains("`a` – `c` – `b`")),
        "{found:?}"
    );
}

#[test]
fn rules_take_effect_where_they_can_be_kept() {
    let components = [("web", WEB), ("orders", ORDERS)];
    for (rule, code) in [
        ("[workload]\nisolate = [\"web\"]\n", ReasonCode::Isolated),
        (
            "[workload]\nscale-separately = [\"orders\"]\n",
            ReasonCode::ScaledSeparately,
        ),
        (
            "[[link]]\nconsumer = \"web\"\nimport = \"acme:shop/orders\"\nprovider = \"orders\"\nas = \"runtime\"\n",
            ReasonCode::RuleRuntime,
        ),
    ] {
        let plan = planned("wrpc-wasmtime", &components, rule);
        let edge = edge(&plan, "web", ORDERS_NAME);
        assert_eq!(
            (edge.decision.kind(), edge.reason.code),
            (DecisionKind::Rpc, code)
        );
        assert!(plan.problems.is_empty(), "{:?}", problems(&plan));
    }
    let rule =
        "[[link]]\nconsumer = \"web\"\nimport = \"acme:shop/orders\"\nprovider = \"import\"\n";
    let plan = planned("wasmtime-48", &components, rule);
    assert_eq!(
        edge(&plan, "web", ORDERS_NAME).decision,
        Decision::Unsatisfied
    );
}

#[test]
fn types_alone_need_nobody() {
    let plan = planned("wasmtime-48", &[("web", WEB), ("orders", ORDERS)], "");
    let types = edge(&plan, "web", "acme:shop/types@0.1.0");
    assert_eq!(types.reason.code, ReasonCode::TypesOnly);
    assert!(plan.holds(), "{:?}", problems(&plan));
}
