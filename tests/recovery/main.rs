//! Kills real processes, between any two steps and at any moment, and looks whether anything was lost or doubled.
//!
//! Apart from the other tests because each of these starts the program several times. `MINYI_KILLS` sets the number
//! of random kills; `.ci/long/kills` runs a thousand.

mod away;
mod backup;
mod check;
mod client;
mod clock;
mod damage;
mod disk;
mod exchange;
mod facts;
mod failpoints;
mod instance;
mod items;
mod ledger;
mod memory;
mod partition;
mod random;
mod servers;
mod slow;
