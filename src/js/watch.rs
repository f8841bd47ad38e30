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

    /// Forgets what was told: there are other nodes now, and that is no change of any of them.
    pub(super) fn forget(&mut self) {
        self.states.clear();
    }

    /// Takes note of the present states and returns what has changed.
    pub(super) fn look(&mut self, ids: &[String], states: Vec<NodeState>) -> Vec<News> {
        let changes = ids.iter().zip(self.states.iter().zip(&states));
        let changes = changes.filter(|(_, (was, is))| was != is);
        let news =
            changes.map(|(id, (_, &state))| (self.tell.clone(), id.clone(), state)).collect();
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
