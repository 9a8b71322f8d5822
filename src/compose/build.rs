//! A plan → bytes that are proven to be it.

use super::encode::{EncodeError, encode};
use super::plan::Plan;
use super::prove::{ProofError, prove_program};
use super::rules::prove_order;
use super::who::Who;
use super::wiring::Wiring;
use crate::binary::Binary;
use crate::graph::Program;

/// Why a composition has no bytes.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// It cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// What was written is not what was planned.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// Writes a plan, reads the bytes back, and proves that they are the plan and that every
/// statement of order holds on them.
///
/// # Errors
/// For a plan of [`Plan::resolve`] any error is a defect of the encoder.
pub fn build(plan: &Plan<'_>) -> Result<Vec<u8>, BuildError> {
    build_with(plan, |_| ()).map(|(bytes, ())| bytes)
}

/// [`build`], and something about the result, which is read only once.
///
/// # Errors
/// As [`build`].
pub fn build_with<T>(
    plan: &Plan<'_>,
    look: impl FnOnce(&Program<'_, '_>) -> T,
) -> Result<(Vec<u8>, T), BuildError> {
    let built = build_wiring(plan.wiring(), look)?;
    let component = |name: &str| {
        let found = plan.parts.iter().find(|(part, _)| part == name);
        found.map(|(_, sha256)| Who::Bytes(*sha256))
    };
    // The graph of the bytes is that of the wiring, so that what holds on it holds on them.
    prove_order(plan.wiring(), &plan.middleware, &component)?;
    Ok(built)
}

/// Bytes that are proven to be a wiring, about which no order is stated; and something about
/// them.
///
/// # Errors
/// When the wiring cannot be written, or the bytes are not it.
pub fn build_wiring<T>(
    wiring: &Wiring<'_>,
    look: impl FnOnce(&Program<'_, '_>) -> T,
) -> Result<(Vec<u8>, T), BuildError> {
    let bytes = encode(wiring)?;
    let binary = Binary::parse(&bytes).map_err(ProofError::from)?;
    let program = Program::link(&binary);
    prove_program(&program, wiring)?;
    let seen = look(&program);
    Ok((bytes, seen))
}
