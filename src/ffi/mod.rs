//! The C ABI: one file per noun, translation only. The plumbing is in `guard` (panics, errors),
//! `handle` (pointers) and `text` (strings). The rules that every export keeps are in docs/abi.md
//! and at the head of the header.

#![allow(non_camel_case_types)]

pub mod call;
pub mod client;
pub mod error;
pub mod headline;
pub mod operation;
pub mod options;
pub mod secret;
pub mod status;
pub mod token;
pub mod version;

mod guard;
mod handle;
mod text;

#[cfg(test)]
mod panics;
