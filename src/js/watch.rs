//! Who is told when a node is up, suspect or down.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Function;
use wasm_bindgen::JsValue;

use crate::cluster::NodeState;

use super::convert;

/// Somebody who wants to know, and what was told last.
#[derive(Debug)]
pub(super) struct Watch {
    tell: Function,
    states: Vec<NodeState>,
}

/// What is to be told: a node's id and its state.
pub(super) type News = (Function, String, NodeState);

impl Watch {
    /// Returns a watch that knows the present `states`.
    pub(super) const fn new(tell: Function, states: Vec<NodeState>) -> Self {
        Self { tell, states }
    }

    /// Takes note of the present states and returns what has changed. Other nodes than before are
    /// no change.
    pub(super) fn look(&mut self, ids: &[String], states: Vec<NodeState>) -> Vec<News> {
        let mut news = Vec::new();
        if states.len() == self.states.len() {
            let changes = ids.iter().zip(self.states.iter().zip(&states));
            for (id, (_, &state)) in changes.filter(|(_, (was, is))| was != is) {
                news.push((self.tell.clone(), id.clone(), state));
            }
        }
        self.states = states;
        news
    }
}

/// Tells what has changed; calls JavaScript.
pub(super) fn tell(news: Vec<News>) {
    for (tell, id, state) in news {
        let (id, state) = (JsValue::from_str(&id), JsValue::from_str(convert::name_of(state)));
        // What the application's function throws is its own affair.
        let _ = tell.call2(&JsValue::UNDEFINED, &id, &state);
    }
}
