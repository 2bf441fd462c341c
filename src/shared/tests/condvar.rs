use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::guard::Take;
use crate::shared::{LockKind, Memory, NotTaken, Parker, SharedCondvar, SharedLock, sleep_in};

const CEILING: Duration = Duration::from_secs(60);

#[test]
fn a_thread_interrupted_before_it_has_the_mutex_again_passes_the_notification_on() {
    let memory = Memory::zeroed(12);
    let condvar = SharedCondvar::new(memory.clone(), 0).unwrap();
    let mutex = |byte_offset| SharedLock::new(memory.clone(), byte_offset, LockKind::Mutex).unwrap();
    let (first, second) = (mutex(4), mutex(8));
    let parker = Arc::new(Parker::default());
    let (taken, is_taken) = mpsc::channel();
    let wait = |mutex: &SharedLock| {
        mutex.acquire(0, None).unwrap();
        taken.send(()).unwrap();
        mutex.wait_for(&condvar, Some(Instant::now() + CEILING))
    };
    thread::scope(|scope| {
        let dying = scope.spawn(|| {
            sleep_in(parker.clone());
            wait(&first)
        });
        is_taken.recv().unwrap();
        // Threads release their mutexes only after they are queued.
        let _held = first.take(0, None).unwrap();
        let other = scope.spawn(|| wait(&second));
        is_taken.recv().unwrap();
        drop(second.take(0, None).unwrap());

        condvar.get().notify_one();
        parker.interrupt();
        assert_eq!(dying.join().unwrap(), Err(NotTaken::Interrupted));
        assert!(!other.join().unwrap().unwrap().is_timed_out);
    });
}
