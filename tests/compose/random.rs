//! Random graphs with random rules: what composes runs in an order that the rules allow, and
//! what contradicts itself is refused.

use super::parts::*;
use gusset::compose::PlanError;
use proptest::prelude::*;

/// Rules for up to five middleware: for each, statements about others.
fn rules() -> impl Strategy<Value = Vec<Vec<(u8, usize)>>> {
    let statement = (0u8..4, 0usize..5);
    proptest::collection::vec(proptest::collection::vec(statement, 0..3), 1..6)
}

fn toml(rules: &[Vec<(u8, usize)>]) -> String {
    let mut text = String::new();
    for (number, statements) in rules.iter().enumerate() {
        let statements: Vec<String> = statements
            .iter()
            .filter(|(kind, other)| *kind < 2 || (*other < rules.len() && *other != number))
            .map(|(kind, other)| match kind {
                0 => "\"first\"".to_string(),
                1 => "\"last\"".to_string(),
                2 => format!("\"before:m{other}\""),
                _ => format!("\"after:m{other}\""),
            })
            .collect();
        text.push_str(&format!(
            "[[middleware]]\ncomponent = \"m{number}\"\non = \"t:t/h\"\norder = [{}]\n",
            statements.join(", ")
        ));
    }
    text
}

/// Whether a sequence obeys all statements, by trying the definition.
fn obeys(sequence: &[usize], rules: &[Vec<(u8, usize)>]) -> bool {
    let at = |m: usize| sequence.iter().position(|x| *x == m).unwrap();
    rules.iter().enumerate().all(|(m, statements)| {
        statements.iter().all(|(kind, other)| match kind {
            0 => at(m) == 0,
            1 => at(m) + 1 == sequence.len(),
            _ if *other >= rules.len() || *other == m => true,
            2 => at(m) < at(*other),
            _ => at(m) > at(*other),
        })
    })
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(count - 1) {
        for place in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_obeys_the_rules_or_nothing_can(rules in rules()) {
        let possible = permutations(rules.len()).into_iter().any(|s| obeys(&s, &rules));
        let mut parts = vec![("api".to_string(), bytes(&provider(9, H)))];
        for number in 0..rules.len() {
            parts.push((format!("m{number}"), bytes(&middleware(number as u8 + 1))));
        }
        let parts: Vec<(&str, &[u8])> =
            parts.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        match compose(&toml(&rules), &parts) {
            Ok(bytes) => {
                let digits = run(&bytes, H).to_string();
                let sequence: Vec<usize> = digits
                    .bytes()
                    .take(rules.len())
                    .map(|digit| usize::from(digit - b'1'))
                    .collect();
                prop_assert!(obeys(&sequence, &rules), "{digits} for {}", toml(&rules));
            }
            Err(errors) => {
                prop_assert!(!possible, "refused, but possible: {}", toml(&rules));
                prop_assert!(matches!(errors[0], PlanError::Contradiction(_)), "{errors:?}");
            }
        }
    }
}
