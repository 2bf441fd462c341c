//! Locks with names that all threads of the process share: the queues behind `locks`. <https://w3c.github.io/web-locks/>

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event_loop::{Token, Waker};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Shared,
    Exclusive,
}

/// What happens to a request that cannot be granted at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    Wait,
    GiveUp,
    /// It takes the lock from those who hold it.
    Steal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    Granted,
    Unavailable,
    Waiting,
}

/// What a thread is told of its requests, which it has numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    Granted(u32),
    Stolen(u32),
}

struct Request {
    client: Arc<Client>,
    number: u32,
    mode: Mode,
}

impl Request {
    fn is(&self, client: &Arc<Client>, number: u32) -> bool {
        self.number == number && Arc::ptr_eq(&self.client, client)
    }
}

/// The requests for one name.
#[derive(Default)]
struct Queue {
    held: Vec<Request>,
    waiting: VecDeque<Request>,
}

impl Queue {
    fn is_grantable(&self, mode: Mode) -> bool {
        match mode {
            Mode::Exclusive => self.held.is_empty(),
            Mode::Shared => self.held.iter().all(|held| held.mode == Mode::Shared),
        }
    }

    /// Grants the first requests that can be granted.
    fn process(&mut self) {
        while let Some(first) = self.waiting.front()
            && self.is_grantable(first.mode)
            && let Some(request) = self.waiting.pop_front()
        {
            request.client.tell(Notice::Granted(request.number));
            self.held.push(request);
        }
    }

    fn remove(&mut self, is_removed: impl Fn(&Request) -> bool) {
        self.held.retain(|request| !is_removed(request));
        self.waiting.retain(|request| !is_removed(request));
        self.process();
    }
}

/// A thread that requests locks.
pub struct Client {
    notices: Mutex<VecDeque<Notice>>,
    waker: Arc<Waker>,
    token: Token,
}

impl Client {
    /// The waker pushes the token when there are notices.
    pub fn new(waker: Arc<Waker>, token: Token) -> Arc<Self> {
        Arc::new(Self {
            notices: Mutex::default(),
            waker,
            token,
        })
    }

    // A poisoned lock is usable, because no operation leaves the list inconsistent.
    fn notices(&self) -> MutexGuard<'_, VecDeque<Notice>> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, notice: Notice) {
        let mut notices = self.notices();
        notices.push_back(notice);
        if notices.len() == 1 {
            self.waker.push(self.token);
        }
    }

    pub fn next_notice(&self) -> Option<Notice> {
        self.notices().pop_front()
    }
}

/// The locks of the process.
pub struct WebLocks(Mutex<BTreeMap<String, Queue>>);

impl WebLocks {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    // A poisoned lock is usable, as above.
    fn queues(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the queue of a name.
    fn change<T>(&self, name: &str, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queues = self.queues();
        if let Some(queue) = queues.get_mut(name) {
            let result = change(queue);
            if queue.held.is_empty() && queue.waiting.is_empty() {
                queues.remove(name);
            }
            return result;
        }
        let mut queue = Queue::default();
        let result = change(&mut queue);
        if !queue.held.is_empty() {
            queues.insert(name.to_owned(), queue);
        }
        result
    }

    /// Requests the lock. The client gets notices of what follows, but not of a lock that it was granted here.
    pub fn request(&self, client: &Arc<Client>, number: u32, name: &str, mode: Mode, patience: Patience) -> Requested {
        let request = Request {
            client: client.clone(),
            number,
            mode,
        };
        self.change(name, |queue| {
            if patience == Patience::Steal {
                for held in queue.held.drain(..) {
                    held.client.tell(Notice::Stolen(held.number));
                }
            } else if !queue.waiting.is_empty() || !queue.is_grantable(mode) {
                if patience == Patience::GiveUp {
                    return Requested::Unavailable;
                }
                queue.waiting.push_back(request);
                return Requested::Waiting;
            }
            queue.held.push(request);
            Requested::Granted
        })
    }

    /// Gives back a lock, or withdraws its request.
    pub fn release(&self, client: &Arc<Client>, number: u32, name: &str) {
        self.change(name, |queue| queue.remove(|request| request.is(client, number)));
    }

    /// The client's thread ends: it releases what it holds and withdraws what it waits for.
    pub fn leave(&self, client: &Arc<Client>) {
        self.queues().retain(|_, queue| {
            queue.remove(|request| Arc::ptr_eq(&request.client, client));
            !queue.held.is_empty() || !queue.waiting.is_empty()
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Mode::{Exclusive, Shared};
    use super::Notice::{Granted, Stolen};
    use super::Patience::{GiveUp, Steal, Wait};
    use super::*;

    struct Thread<'a> {
        locks: &'a WebLocks,
        client: Arc<Client>,
    }

    impl Thread<'_> {
        fn request(&self, number: u32, mode: Mode, patience: Patience) -> Requested {
            self.locks.request(&self.client, number, "name", mode, patience)
        }

        fn release(&self, number: u32) {
            self.locks.release(&self.client, number, "name");
        }

        fn told(&self) -> Vec<Notice> {
            std::iter::from_fn(|| self.client.next_notice()).collect()
        }
    }

    fn threads<const COUNT: usize>(locks: &WebLocks) -> [Thread<'_>; COUNT] {
        std::array::from_fn(|_| Thread {
            locks,
            client: Client::new(Arc::new(Waker::new(Box::new(|| {}))), Token(1)),
        })
    }

    #[test]
    fn an_exclusive_lock_is_granted_in_the_order_of_the_requests() {
        let locks = WebLocks::new();
        let [a, b] = threads(&locks);
        assert_eq!(a.request(1, Exclusive, Wait), Requested::Granted);
        assert_eq!(b.request(1, Exclusive, Wait), Requested::Waiting);
        assert_eq!(a.request(2, Exclusive, Wait), Requested::Waiting);
        assert_eq!(
            a.locks.request(&a.client, 3, "other", Exclusive, Wait),
            Requested::Granted
        );
        a.release(1);
        assert_eq!((a.told(), b.told()), (vec![], vec![Granted(1)]));
        b.release(1);
        assert_eq!((a.told(), b.told()), (vec![Granted(2)], vec![]));
        a.release(2);
        a.locks.release(&a.client, 3, "other");
        assert!(locks.queues().is_empty());
    }

    #[test]
    fn shared_locks_wait_behind_an_exclusive_request() {
        let locks = WebLocks::new();
        let [a, b] = threads(&locks);
        assert_eq!(a.request(1, Shared, Wait), Requested::Granted);
        assert_eq!(b.request(1, Shared, Wait), Requested::Granted);
        assert_eq!(a.request(2, Exclusive, Wait), Requested::Waiting);
        assert_eq!(a.request(3, Shared, Wait), Requested::Waiting);
        assert_eq!(b.request(2, Shared, Wait), Requested::Waiting);
        assert_eq!(b.request(3, Shared, GiveUp), Requested::Unavailable);
        a.release(1);
        assert_eq!(a.told(), []);
        b.release(1);
        assert_eq!((a.told(), b.told()), (vec![Granted(2)], vec![]));
        a.release(2);
        assert_eq!((a.told(), b.told()), (vec![Granted(3)], vec![Granted(2)]));
    }

    #[test]
    fn a_withdrawn_request_lets_the_next_one_pass() {
        let locks = WebLocks::new();
        let [a, b] = threads(&locks);
        a.request(1, Shared, Wait);
        b.request(1, Exclusive, Wait);
        b.request(2, Shared, Wait);
        b.release(1);
        assert_eq!(b.told(), [Granted(2)]);
    }

    #[test]
    fn stealing_takes_the_lock_from_its_holders_and_overtakes_the_queue() {
        let locks = WebLocks::new();
        let [a, b] = threads(&locks);
        a.request(1, Shared, Wait);
        b.request(1, Shared, Wait);
        b.request(2, Exclusive, Wait);
        assert_eq!(a.request(2, Exclusive, Steal), Requested::Granted);
        assert_eq!((a.told(), b.told()), (vec![Stolen(1)], vec![Stolen(1)]));
        // The release of what was stolen releases nothing.
        a.release(1);
        assert_eq!(b.told(), []);
        a.release(2);
        assert_eq!(b.told(), [Granted(2)]);
    }

    #[test]
    fn a_thread_that_ends_gives_its_locks_on() {
        let locks = WebLocks::new();
        let [a, b, c] = threads(&locks);
        a.request(1, Exclusive, Wait);
        b.request(1, Exclusive, Wait);
        c.request(1, Exclusive, Wait);
        // It may have been granted the lock without knowing it.
        locks.leave(&a.client);
        locks.leave(&b.client);
        assert_eq!(c.told(), [Granted(1)]);
        locks.leave(&c.client);
        assert!(locks.queues().is_empty());
    }
}
