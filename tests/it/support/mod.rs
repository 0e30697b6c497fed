//! What the tests stand on: an instance, a client, items to send.

mod app;
mod client;
mod items;
mod json;

pub use app::{TestApp, config};
pub use client::{Answer, Client, NDJSON};
pub use items::{Item, item};
pub use json::{list, number, text, texts};
