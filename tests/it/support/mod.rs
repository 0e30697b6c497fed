//! What the tests stand on: an instance, a client, items to send.

mod app;
mod browser;
mod certificate;
mod client;
pub mod engines;
mod items;
mod json;
pub mod matters;
mod process;
mod provider;

pub use app::TestApp;
pub use browser::{Browser, PASSWORD, add_user, between};
pub use certificate::Certificate;
pub use client::{Answer, Client, NDJSON, encoded};
pub use items::{Item, item};
pub use json::{list, number, text, texts};
pub use process::{Server, minyi};
pub use provider::{Lie, Provider, SECRET};
