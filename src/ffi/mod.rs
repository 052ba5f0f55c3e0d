//! The C ABI: one file per noun, translation only; what a client does with secrets, the largest part,
//! is in `secrets` (reading) and `writing`. The plumbing is in `guard` (panics, errors), `handle`
//! (pointers), `sized` (structs that grow) and `text` (strings). The rules that every export keeps
//! are in docs/abi.md and at the head of the header.

#![allow(non_camel_case_types)]

pub mod attributes;
pub mod blob;
pub mod call;
pub mod client;
pub mod error;
pub mod headline;
pub mod list;
pub mod operation;
pub mod options;
pub mod pager;
pub mod secret;
pub mod secrets;
pub mod status;
pub mod token;
pub mod version;
pub mod writing;

mod guard;
mod handle;
mod sized;
mod stored;
mod text;

#[cfg(test)]
mod panics;
