//! The whole program, driven as its users drive it: over HTTP, over the local socket, from the command line.
//!
//! Each test starts an instance of its own in a fresh folder and ends with a look at everything it left behind.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod addresses;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod attachments;
#[cfg(test)]
mod bad_requests;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod bulletin;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod contributors;
#[cfg(test)]
mod covers;
#[cfg(test)]
mod desk_api;
mod desk_api_finding;
#[cfg(test)]
mod desk_api_lists;
mod desk_api_outcomes;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod hints;
#[cfg(test)]
mod hot;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod live;
#[cfg(test)]
mod mailbox;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod oldest_browser;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod outlets;
#[cfg(test)]
mod paper;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod plenary;
#[cfg(test)]
mod portal;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod pulls;
#[cfg(test)]
mod released;
#[cfg(test)]
mod review;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod running;
#[cfg(test)]
mod search;
#[cfg(test)]
mod second_step;
mod security;
#[cfg(test)]
mod session;
mod shelf;
#[cfg(test)]
mod similar;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod support;
mod tables;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod topics;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod unit_review;
#[cfg(test)]
mod upload;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod watched;
#[cfg(test)]
mod word;
#[cfg(test)]
mod word_programs;
