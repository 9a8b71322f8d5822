//! What is refused, and in which words.

use super::parts::*;
use gusset::compose::PlanError;

#[test]
fn a_rule_that_matches_nothing_is_refused() {
    let api = bytes(&provider(9, H));
    let auth = bytes(&middleware(1));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/other\"\n";
    let text = refusal(compose(toml, &[("api", &api), ("auth", &auth)]));
    assert_eq!(
        text,
        "middleware `auth` matches no edge: nothing imports or exports `t:t/other`"
    );
    let toml = format!("{toml}optional = true\n");
    assert_eq!(
        run(
            &compose(&toml, &[("api", &api), ("auth", &auth)]).unwrap(),
            H
        ),
        9
    );
}

#[test]
fn a_contradiction_is_a_shortest_circle_of_statements() {
    let api = bytes(&provider(9, H));
    let one = bytes(&middleware(1));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\norder = [\"before:log\"]\n\
                [[middleware]]\ncomponent = \"trace\"\non = \"t:t/h\"\norder = [\"after:auth\"]\n\
                [[middleware]]\ncomponent = \"log\"\non = \"t:t/h\"\norder = [\"first\"]\n";
    let parts: [(&str, &[u8]); 4] = [
        ("api", &api),
        ("auth", &one),
        ("trace", &one),
        ("log", &one),
    ];
    let errors = compose(toml, &parts).expect_err("a contradiction");
    let PlanError::Contradiction(circle) = &errors[0] else {
        panic!("{errors:?}");
    };
    let said: Vec<String> = circle
        .iter()
        .map(|b| format!("{} {} {}", b.outer, b.statement, b.inner))
        .collect();
    assert_eq!(said, ["auth before:log log", "log first auth"]);
}

#[test]
fn several_providers_are_listed() {
    let (x, y) = (bytes(&provider(8, H)), bytes(&provider(9, H)));
    let a = bytes(&consumer(3, H, "a"));
    let parts: [(&str, &[u8]); 3] = [("x", &x), ("y", &y), ("a", &a)];
    let text = refusal(compose("", &parts));
    assert_eq!(text, "`a` imports `t:t/h@0.1.0`, and 2 export it: x, y");
    let link = "[[link]]\nconsumer = \"a\"\nimport = \"t:t/h\"\nprovider = \"y\"\n";
    assert_eq!(run(&compose(link, &parts).unwrap(), "a"), 39);
}

#[test]
fn types_that_differ_are_shown() {
    let a = bytes(&consumer(3, H, "a"));
    let api = provider(9, H)
        .replace("(param i64)", "(param i32)")
        .replace("(local.get 0)", "(i64.extend_i32_u (local.get 0))")
        .replace("(param \"x\" u64)", "(param \"x\" u32)");
    let text = refusal(compose("", &[("a", &a), ("api", &bytes(&api))]));
    assert_eq!(
        text,
        "`api` cannot give `t:t/h@0.1.0` to `a`: expected `u64`, found `u32`, in parameter `x` \
         of function `h`"
    );
}

#[test]
fn circles_name_their_members() {
    let (x, y) = (
        bytes(&passes(1, "t:t/b", "t:t/a")),
        bytes(&passes(2, "t:t/a", "t:t/b")),
    );
    let text = refusal(compose("", &[("x", &x), ("y", &y)]));
    assert!(text.ends_with("in a circle: x → y → x"), "{text}");
}

#[test]
fn what_is_no_middleware_is_said() {
    let api = bytes(&provider(9, H));
    let auth = bytes(&provider(1, H));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n";
    let text = refusal(compose(toml, &[("api", &api), ("auth", &auth)]));
    assert_eq!(
        text,
        "`auth` cannot stand on `t:t/h@0.1.0`: it does not import it"
    );
}

#[test]
fn company_that_is_required_or_refused() {
    let api = bytes(&provider(9, H));
    let one = bytes(&middleware(1));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\nrequires = [\"log\"]\n";
    let parts: [(&str, &[u8]); 3] = [
        ("api", &api),
        ("auth", &one),
        ("log", &bytes(&middleware(2))),
    ];
    // `log` is a component here, but no middleware on this edge.
    let text = refusal(compose(
        &format!(
            "{toml}[[middleware]]\ncomponent = \"log\"\non = \"t:t/other\"\noptional = true\n"
        ),
        &parts,
    ));
    assert!(
        text.contains("requires `log`, which is not there"),
        "{text}"
    );
    let conflicts = toml.replace("requires", "conflicts");
    let text = refusal(compose(
        &format!("{conflicts}[[middleware]]\ncomponent = \"log\"\non = \"t:t/h\"\n"),
        &parts,
    ));
    assert!(
        text.starts_with("`auth` and `log` must not both be on"),
        "{text}"
    );
}

#[test]
fn more_than_hosts_load_is_refused_before_writing() {
    let parts = |count: usize, modules: &str| -> Vec<(String, Vec<u8>)> {
        let part = |n: usize| {
            let wat = provider((n % 10) as u8, &format!("t:t/p{n}@0.1.0"));
            let wat = wat.replacen("(component", &format!("(component {modules}"), 1);
            (format!("p{n}"), bytes(&wat))
        };
        (0..count).map(part).collect()
    };
    let result = |parts: &[(String, Vec<u8>)]| {
        let parts: Vec<(&str, &[u8])> = parts
            .iter()
            .map(|(n, b)| (n.as_str(), b.as_slice()))
            .collect();
        compose("", &parts)
    };
    assert!(result(&parts(300, "")).is_ok(), "within both limits");
    // Each is an instance, its export another, and the export of the whole a third.
    let text = refusal(result(&parts(400, "")));
    assert!(
        text.contains("1200 instances") && text.contains("1000"),
        "{text}"
    );
    let text = refusal(result(&parts(200, &"(core module)".repeat(4))));
    assert!(text.contains("1201 components and core modules"), "{text}");
}

/// Components that hand a resource around: who makes it, who takes it, and who gets it from
/// one and gives it to the other.
fn resources() -> [Vec<u8>; 3] {
    let types =
        "(import \"t:t/types@0.1.0\" (instance $types (export \"r\" (type (sub resource)))))
        (alias export $types \"r\" (type $r))";
    let maker = "(component
        (type $r (resource (rep i32)))
        (component $shape
          (import \"r\" (type $r (sub resource)))
          (export \"r\" (type $r)))
        (instance $e (instantiate $shape (with \"r\" (type $r))))
        (export \"t:t/types@0.1.0\" (instance $e)))";
    let taker = format!(
        "(component {types}
        (core module $m (func (export \"f\") (param i32)))
        (core instance $i (instantiate $m))
        (func $f (param \"r\" (borrow $r)) (canon lift (core func $i \"f\")))
        (component $shape
          (import \"r\" (type $r (sub resource)))
          (import \"f\" (func $f (param \"r\" (borrow $r))))
          (export $s \"r\" (type $r))
          (export \"f\" (func $f) (func (param \"r\" (borrow $s)))))
        (instance $e (instantiate $shape (with \"r\" (type $r)) (with \"f\" (func $f))))
        (export \"t:t/use@0.1.0\" (instance $e)))"
    );
    let user = format!(
        "(component {types}
        (import \"t:t/use@0.1.0\" (instance
          (alias outer 1 $r (type $o))
          (export \"r\" (type $r (eq $o)))
          (export \"f\" (func (param \"r\" (borrow $r)))))))"
    );
    [bytes(maker), bytes(&taker), bytes(&user)]
}

#[test]
fn a_resource_from_two_places_is_named_with_both() {
    let [maker, taker, user] = resources();
    let parts: [(&str, &[u8]); 3] = [("maker", &maker), ("taker", &taker), ("user", &user)];
    // Everybody has it from the same place.
    assert!(compose("", &parts).is_ok());
    let link = "[[link]]\nconsumer = \"taker\"\nimport = \"t:t/types\"\nprovider = \"import\"\n";
    let text = refusal(compose(link, &parts));
    assert_eq!(
        text,
        "the resource `r` of `t:t/use@0.1.0`: `user` has it from `maker`, and `taker` from \
         outside (`t:t/types@0.1.0`)"
    );
}
