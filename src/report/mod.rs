//! What people and machines read: text, JSON, WIT and pictures. Computes nothing that
//! lower layers could.

pub mod check;
mod columns;
pub mod compose;
pub mod diff;
pub mod explain;
pub mod init;
pub mod inspect;
pub mod picture;
mod plain;
pub mod plan;
pub mod profile;
mod reasons;
mod style;
pub mod virt;
