//! Channels that reach all threads of the process by a name. JavaScript's host has such channels itself, and carries the
//! order of their messages, but it cannot read everything that this package clones. What it cannot read waits here, once
//! for each channel of the name, until the host delivers the marker that was posted in its place.
//!
//! A marker does not say which message it stands for. So a thread takes turns with the others: while it has the turn of a
//! name, it makes a message wait and posts the marker, or makes a channel in both worlds at once. Therefore the markers
//! that a channel receives come in the order of its messages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// All names that have channels.
pub struct Groups<M: 'static>(Mutex<BTreeMap<String, Entry<M>>>);

struct Entry<M> {
    group: Arc<Group<M>>,
    /// The entry is removed with the last one.
    users: usize,
}

/// The channels of a name.
struct Group<M> {
    is_taken: Mutex<bool>,
    given_back: Condvar,
    members: Mutex<Vec<Arc<Incoming<M>>>>,
}

/// What waits for a channel.
struct Incoming<M>(Mutex<VecDeque<Arc<M>>>);

// A poisoned lock is usable, because no operation leaves the state inconsistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<M> Groups<M> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Waits for the turn of this name. The calling thread must not have it already.
    pub fn turn(&'static self, name: &str) -> Turn<M> {
        self.enter(name).turn()
    }

    /// A new channel, which receives what others post from now on.
    pub fn join(&'static self, name: &str) -> Member<M> {
        let user = self.enter(name);
        let incoming = Arc::new(Incoming(Mutex::default()));
        lock(&user.group.members).push(incoming.clone());
        Member { user, incoming }
    }

    fn enter(&'static self, name: &str) -> User<M> {
        let mut groups = lock(&self.0);
        let entry = groups.entry(name.to_owned()).or_insert_with(|| Entry {
            group: Arc::new(Group {
                is_taken: Mutex::new(false),
                given_back: Condvar::new(),
                members: Mutex::default(),
            }),
            users: 0,
        });
        entry.users += 1;
        User {
            groups: self,
            group: entry.group.clone(),
            name: name.to_owned(),
        }
    }
}

/// Keeps the entry of a group.
struct User<M: 'static> {
    groups: &'static Groups<M>,
    group: Arc<Group<M>>,
    name: String,
}

impl<M> User<M> {
    fn turn(self) -> Turn<M> {
        let mut is_taken = lock(&self.group.is_taken);
        while *is_taken {
            is_taken = self
                .group
                .given_back
                .wait(is_taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *is_taken = true;
        drop(is_taken);
        Turn(self)
    }
}

impl<M> Drop for User<M> {
    fn drop(&mut self) {
        let mut groups = lock(&self.groups.0);
        if let Some(entry) = groups.get_mut(&self.name) {
            entry.users -= 1;
            if entry.users == 0 {
                groups.remove(&self.name);
            }
        }
    }
}

/// The turn of a name. The next thread has it when this is dropped.
pub struct Turn<M: 'static>(User<M>);

impl<M> Drop for Turn<M> {
    fn drop(&mut self) {
        *lock(&self.0.group.is_taken) = false;
        self.0.group.given_back.notify_one();
    }
}

/// A channel. What waits for it is dropped with it.
pub struct Member<M: 'static> {
    user: User<M>,
    incoming: Arc<Incoming<M>>,
}

impl<M> Member<M> {
    /// Waits for the turn of the channel's name. The calling thread must not have it already.
    pub fn turn(&self) -> Turn<M> {
        self.user.groups.turn(&self.user.name)
    }

    /// Whether it is the only channel of its name.
    pub fn is_alone(&self) -> bool {
        lock(&self.user.group.members).len() == 1
    }

    /// The message waits for all other channels of the name.
    pub fn post(&self, message: &Arc<M>) {
        for member in self.others() {
            lock(&member.0).push_back(message.clone());
        }
    }

    /// Takes back a message that no marker was posted for.
    pub fn withdraw(&self, message: &Arc<M>) {
        for member in self.others() {
            lock(&member.0).retain(|waiting| !Arc::ptr_eq(waiting, message));
        }
    }

    /// The message of the next marker. `None`: nothing waits, so it was no marker.
    pub fn receive(&self) -> Option<Arc<M>> {
        lock(&self.incoming.0).pop_front()
    }

    fn others(&self) -> Vec<Arc<Incoming<M>>> {
        let members = lock(&self.user.group.members);
        let others = members.iter().filter(|member| !Arc::ptr_eq(member, &self.incoming));
        others.cloned().collect()
    }
}

impl<M> Drop for Member<M> {
    fn drop(&mut self) {
        lock(&self.user.group.members).retain(|member| !Arc::ptr_eq(member, &self.incoming));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::thread;

    use super::*;

    // Each test uses its own names.
    static GROUPS: Groups<u32> = Groups::new();

    fn received(member: &Member<u32>) -> Vec<u32> {
        std::iter::from_fn(|| member.receive().map(|message| *message)).collect()
    }

    #[test]
    fn a_message_waits_for_all_channels_of_its_name_but_its_own() {
        let [first, second, third] = [(); 3].map(|()| GROUPS.join("a"));
        let other = GROUPS.join("b");
        first.post(&Arc::new(1));
        second.post(&Arc::new(2));
        assert_eq!(received(&first), [2]);
        assert_eq!(received(&second), [1]);
        assert_eq!(received(&third), [1, 2]);
        assert!(received(&other).is_empty());
        assert!(!first.is_alone() && other.is_alone());
    }

    #[test]
    fn a_message_that_was_withdrawn_waits_no_longer() {
        let (first, second) = (GROUPS.join("withdraw"), GROUPS.join("withdraw"));
        let messages = [1, 1, 2].map(Arc::new);
        messages.iter().for_each(|message| first.post(message));
        first.withdraw(&messages[0]);
        assert_eq!(received(&second), [1, 2]);
    }

    #[test]
    fn a_channel_takes_what_waits_for_it_along_and_the_last_one_the_name() {
        let (first, second) = (GROUPS.join("end"), GROUPS.join("end"));
        let message = Arc::new(1);
        first.post(&message);
        drop(second);
        assert_eq!(Arc::strong_count(&message), 1);
        let turn = first.turn();
        drop(first);
        assert!(lock(&GROUPS.0).contains_key("end"));
        drop(turn);
        assert!(!lock(&GROUPS.0).contains_key("end"));
    }

    #[test]
    fn one_thread_has_the_turn_of_a_name() {
        let taken = Arc::new(Mutex::new(()));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let taken = taken.clone();
                thread::spawn(move || {
                    for _ in 0..1000 {
                        let turn = GROUPS.turn("turn");
                        drop(taken.try_lock().expect("no other thread has the turn"));
                        drop(turn);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(!lock(&GROUPS.0).contains_key("turn"));
    }

    #[test]
    fn names_do_not_wait_for_each_other() {
        let first = GROUPS.turn("one name");
        drop(GROUPS.turn("another name"));
        drop(first);
    }
}
