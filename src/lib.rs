//! Minyi 民意: collects public-opinion items (社情民意信息), sets each beside its duplicates, compiles bulletins.
//!
//! ```text
//! contributors ── HTTP ──► intake ──► queue ══► pipeline: normalise ► segment ► fingerprint ► persist
//!                           202 only after fsync                                   │
//!                                                                                store (the truth)
//!                                                             change log by sequence │
//!                                   follower: index ► group (duplicates) ◄───────────┘
//! editors ◄── JSON API ◄── editorial (search, manuscript, issue) ──► bulletin (compile ► number ► DOCX, HTML)
//! ```
//!
//! The folders stand in the order of the flow. The model knows nobody; intake never touches the index; the pipeline
//! never answers HTTP; bulletin never reads the store; the index is never the truth; only [`app`] knows which backend
//! runs. `tests/it/architecture.rs` holds all of this.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod backup;
pub mod bulletin;
pub mod cli;
pub mod clock;
pub mod config;
pub mod editorial;
pub mod exchange;
pub mod failpoint;
pub mod group;
pub mod identity;
pub mod index;
pub mod intake;
pub mod model;
pub mod notify;
pub mod outcome;
pub mod outward;
pub mod pipeline;
pub mod portal;
pub mod pull;
pub mod queue;
pub mod registry;
pub mod site;
pub mod store;
pub mod tables;
pub mod telemetry;
pub mod text;
pub mod upload;
pub mod web;
