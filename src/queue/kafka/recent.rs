//! Keys of what this process appended lately: most repeats come soon after the first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::model::ItemId;
use crate::queue::Known;

/// Keys kept; beyond, the facts are asked.
const KEPT: usize = 65_536;

#[derive(Default)]
pub(super) struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    known: HashMap<ItemId, Known>,
    order: VecDeque<ItemId>,
}

impl Recent {
    pub(super) fn get(&self, key: &ItemId) -> Option<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).known.get(key).cloned()
    }

    pub(super) fn forget_all(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }

    pub(super) fn put(&self, key: ItemId, known: Known) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.known.insert(key, known).is_none() {
            kept.order.push_back(key);
        }
        if kept.order.len() > KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.known.remove(&oldest);
        }
    }
}
