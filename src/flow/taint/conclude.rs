//! What runs have seen becomes names, beginnings and ends of names.

use super::super::event::Site;
use super::tried::Found;
use crate::graph::MemoryRef;
use std::collections::{BTreeMap, BTreeSet};

/// How much of a name a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its beginning.
    Beginning,
    /// Its end.
    End,
}

/// A text that names are compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Compared {
    /// The text, in the letters that it is compared in.
    pub text: Vec<u8>,
    /// How much of a name it is.
    pub extent: Extent,
    /// Whether names are changed before they are compared, such as to lower case.
    pub folded: bool,
    /// Calls in progress at a comparison, outermost first.
    pub trail: Vec<Site>,
    /// Where the text stands, if it stood in memory.
    pub literal: Option<Place>,
}

/// Shorter texts are found in too many places that are no comparison of names.
const MIN_WHOLE: usize = 2;
const MIN_PART: usize = 2;

/// What comparisons that may be one have in common.
type Group = (Option<Site>, Option<Place>, Vec<u8>);

/// An address of a memory.
type Place = (MemoryRef, u32);

/// What all runs together say.
///
/// One comparison is seen with names of many lengths. If it only takes place with names of
/// one length, the text is a whole name; if with all that are long enough, it is a beginning.
/// A comparison by order stops at the end of the shorter text: then only the longest is one.
pub(super) fn conclude(found: &[Found]) -> Vec<Compared> {
    // Comparisons that may be one: by the instruction that compared first, and the place of
    // the text.
    let mut groups: BTreeMap<Group, Vec<&Found>> = BTreeMap::new();
    for one in found {
        // Without a place, the text itself tells comparisons apart.
        let text = match (one.literal, one.suffix) {
            (Some(_), false) => Vec::new(),
            _ => one.text.clone(),
        };
        let key = (one.trail.last().copied(), one.literal, text);
        groups.entry(key).or_default().push(one);
    }
    struct Kept {
        compared: Compared,
        ended: bool,
    }
    let mut all: BTreeMap<(Vec<u8>, Extent), Kept> = BTreeMap::new();
    for group in groups.values() {
        for (one, extent) in decide(group) {
            // Names without letters look the same when they are changed.
            let folded = group.iter().any(|f| f.folded && f.text == one.text);
            if !is_telling(&one.text[one.given.min(one.text.len())..], extent) {
                continue;
            }
            let compared = Compared {
                text: one.text.clone(),
                extent,
                folded,
                trail: one.trail.clone(),
                literal: one.literal,
            };
            let known = all.entry((one.text.clone(), extent));
            let kept = known.or_insert_with(|| Kept {
                compared: compared.clone(),
                ended: false,
            });
            kept.ended |= one.ended;
            kept.compared.folded |= compared.folded;
        }
    }
    // What is found to be a part of names may be all of a short one.
    let parts: BTreeSet<Vec<u8>> = all
        .keys()
        .filter(|(_, extent)| *extent != Extent::Whole)
        .map(|(text, _)| text.clone())
        .collect();
    all.retain(|(text, extent), one| {
        *extent != Extent::Whole || one.ended || !parts.contains(text)
    });
    all.into_values().map(|one| one.compared).collect()
}

fn decide<'f>(group: &[&'f Found]) -> Vec<(&'f Found, Extent)> {
    let mut by_text: BTreeMap<&[u8], Vec<&Found>> = BTreeMap::new();
    for one in group {
        by_text.entry(&one.text).or_default().push(one);
    }
    let texts: BTreeSet<&[u8]> = by_text.keys().copied().collect();
    let mut decided = Vec::new();
    for (text, all) in &by_text {
        let first = all[0];
        if first.suffix {
            let longer = all.iter().any(|f| f.len > text.len());
            let extent = if longer { Extent::End } else { Extent::Whole };
            decided.push((first, extent));
            continue;
        }
        // One place holds one text; what stops before it does was cut by a shorter name.
        let longer = texts
            .iter()
            .any(|other| other.len() > text.len() && other.starts_with(text));
        let ended = all.iter().find(|f| f.ended);
        if longer && ended.is_none() {
            continue;
        }
        let mut others = texts.iter();
        let cut = others.any(|other| other.len() < text.len() && text.starts_with(other));
        let longer_names = all.iter().find(|f| f.len > text.len() && !f.ended);
        match (ended, longer_names) {
            (Some(one), _) => decided.push((one, Extent::Whole)),
            (None, Some(one)) if !cut => decided.push((one, Extent::Beginning)),
            _ => decided.push((first, Extent::Whole)),
        }
    }
    decided
}

/// Whether a text can be a name, or part of one: bytes that are looked for one by one, such
/// as separators and digits, are none.
fn is_telling(text: &[u8], extent: Extent) -> bool {
    let least = match extent {
        Extent::Whole => MIN_WHOLE,
        _ => MIN_PART,
    };
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let same = text.windows(2).all(|w| w[0] == w[1]);
    text.len() >= least && letters > 0 && !(same && text.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, len: usize, place: Option<u32>, ended: bool) -> Found {
        Found {
            trail: Vec::new(),
            literal: place.map(|at| (MemoryRef::from_index(0), at)),
            text: text.as_bytes().to_vec(),
            given: 0,
            suffix: false,
            len,
            ended,
            folded: false,
        }
    }

    fn names(found: &[Found]) -> Vec<(String, Extent)> {
        let all = conclude(found).into_iter();
        all.map(|c| (String::from_utf8_lossy(&c.text).into_owned(), c.extent))
            .collect()
    }

    #[test]
    fn names_of_one_length_make_it_a_whole_name() {
        let one = [found("APP_TOKEN", 9, Some(1024), false)];
        assert_eq!(names(&one), [("APP_TOKEN".into(), Extent::Whole)]);
    }

    #[test]
    fn names_of_all_lengths_make_it_a_beginning() {
        let all: Vec<Found> = (4..9).map(|len| found("APP_", len, None, false)).collect();
        assert_eq!(names(&all), [("APP_".into(), Extent::Beginning)]);
    }

    #[test]
    fn a_search_for_the_end_makes_it_a_whole_name() {
        let all: Vec<Found> = (3..9).map(|len| found("URL", len, Some(8), true)).collect();
        assert_eq!(names(&all), [("URL".into(), Extent::Whole)]);
    }

    #[test]
    fn a_comparison_by_order_is_cut_by_shorter_names() {
        let cut = |len: usize| found(&"PORTS"[..len.min(5)], len, Some(8), false);
        let all: Vec<Found> = (2..9).map(cut).collect();
        assert_eq!(names(&all), [("PORTS".into(), Extent::Whole)]);
    }

    #[test]
    fn two_texts_in_two_places_stay_two() {
        let all = [
            found("APP", 3, Some(8), false),
            found("APP_TOKEN", 9, Some(16), false),
        ];
        let both = [
            ("APP".into(), Extent::Whole),
            ("APP_TOKEN".into(), Extent::Whole),
        ];
        assert_eq!(names(&all), both);
    }

    #[test]
    fn separators_and_runs_are_no_names() {
        let all = [
            found("__", 2, None, false),
            found("AAAA", 4, None, false),
            found("12", 2, None, false),
        ];
        assert_eq!(names(&all), []);
    }
}
