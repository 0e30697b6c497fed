//! The whole program, driven as its users drive it: over HTTP, over the local socket, from the command line.
//!
//! Each test starts an instance of its own in a fresh folder and ends with a look at everything it left behind.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bad_requests;
#[cfg(test)]
mod bulletin;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod hints;
#[cfg(test)]
mod hot;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod paper;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod search;
#[cfg(test)]
mod similar;
#[cfg(test)]
mod support;
#[cfg(test)]
mod verdicts;
