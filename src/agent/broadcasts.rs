//! The thread's channels that reach all threads by a name: `BroadcastChannel`.

use std::cell::RefCell;
use std::sync::Arc;

use slab::Slab;

use super::{Agent, Host};
use crate::broadcasts::{Groups, Member, Turn};
use crate::engine::realm::Carrier;
use crate::engine::wire::Wire;

static GROUPS: Groups<Wire> = Groups::new();

/// JavaScript's host is making a channel, or posting a marker.
struct Step {
    /// `None`: an outer step has a turn. Taking another one could wait for ever.
    _turn: Option<Turn<Wire>>,
    /// By the channel of this key.
    posted: Option<(usize, Arc<Wire>)>,
}

#[derive(Default)]
pub(super) struct Broadcasts {
    channels: RefCell<Slab<Member<Wire>>>,
    steps: RefCell<Vec<Step>>,
}

impl Broadcasts {
    pub(super) fn close(&self) {
        drop(self.steps.take());
        drop(self.channels.take());
    }

    fn turn(&self, turn: impl FnOnce() -> Turn<Wire>) -> Option<Turn<Wire>> {
        self.steps.borrow().is_empty().then(turn)
    }
}

impl<H: Host> Agent<H> {
    /// A channel of this name. The host makes its own channel before [`end_step`](Self::end_step).
    pub fn open_broadcast(&self, name: &str) -> usize {
        let turn = self.broadcasts.turn(|| GROUPS.turn(name));
        let step = Step {
            _turn: turn,
            posted: None,
        };
        self.broadcasts.steps.borrow_mut().push(step);
        self.broadcasts.channels.borrow_mut().insert(GROUPS.join(name))
    }

    pub fn close_broadcast(&self, key: usize) {
        let closed = self.broadcasts.channels.borrow_mut().try_remove(key);
        drop(closed);
    }

    /// Posts what the host cannot carry. The host posts the marker before [`end_step`](Self::end_step). `Err`: the host can
    /// carry it, and there is no step.
    pub fn broadcast(&self, key: usize, mut wire: Wire, carrier: Carrier) -> Result<(), Wire> {
        let channels = self.broadcasts.channels.borrow();
        let Some(channel) = channels.get(key) else {
            return Err(wire);
        };
        match carrier {
            Carrier::Host => return Err(wire),
            Carrier::HostToOne if channel.is_alone() => return Err(wire),
            Carrier::HostToOne | Carrier::Package => wire.share(),
        }
        let wire = Arc::new(wire);
        let turn = self.broadcasts.turn(|| channel.turn());
        channel.post(&wire);
        let step = Step {
            _turn: turn,
            posted: Some((key, wire)),
        };
        self.broadcasts.steps.borrow_mut().push(step);
        Ok(())
    }

    pub fn end_step(&self, is_done: bool) {
        let step = self.broadcasts.steps.borrow_mut().pop();
        if let (false, Some((key, wire))) = (is_done, step.as_ref().and_then(|step| step.posted.as_ref()))
            && let Some(channel) = self.broadcasts.channels.borrow().get(*key)
        {
            channel.withdraw(wire);
        }
    }

    /// The message of a marker. `None`: it was no marker.
    pub fn receive_broadcast(&self, key: usize) -> Option<Arc<Wire>> {
        self.broadcasts.channels.borrow().get(key)?.receive()
    }
}
