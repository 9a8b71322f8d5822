//! Verdicts and grades as words in files.

use crate::needs::{Grade, Verdict};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

pub(super) mod verdict {
    use super::*;

    pub(in crate::lock) fn serialize<S: Serializer>(
        verdict: &Verdict,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(verdict.as_str())
    }

    pub(in crate::lock) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Verdict, D::Error> {
        let word = String::deserialize(deserializer)?;
        let verdict = VERDICTS
            .into_iter()
            .find(|verdict| verdict.as_str() == word);
        verdict.ok_or_else(|| D::Error::custom(format!("`{word}` is no verdict")))
    }
}

pub(super) mod grade {
    use super::*;

    pub(in crate::lock) fn serialize<S: Serializer>(
        grade: &Grade,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(grade.as_str())
    }

    pub(in crate::lock) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Grade, D::Error> {
        let word = String::deserialize(deserializer)?;
        let grade = GRADES.into_iter().find(|grade| grade.as_str() == word);
        grade.ok_or_else(|| D::Error::custom(format!("`{word}` is no grade")))
    }
}

/// All verdicts, best first.
pub(super) const VERDICTS: [Verdict; 4] = [
    Verdict::None,
    Verdict::Complete,
    Verdict::Bounded,
    Verdict::Open,
];

/// All grades, best first.
pub(super) const GRADES: [Grade; 2] = [Grade::Exact, Grade::Candidate];
