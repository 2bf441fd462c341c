//! The processor time of threads.

use std::time::Duration;

/// Processor time in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadTimes {
    pub user: f64,
    pub system: f64,
}

impl ThreadTimes {
    /// Of the calling thread.
    pub fn current() -> Option<Self> {
        ThreadClock::current()?.read()
    }
}

pub use self::system::ThreadClock;

impl ThreadClock {
    /// What the thread has used until now, as exactly as the system tells. Any thread, while that thread lives.
    pub fn total(&self) -> Option<Duration> {
        self.nanoseconds().map(Duration::from_nanos)
    }
}

impl ThreadTimes {
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn nanoseconds(self) -> u64 {
        ((self.user + self.system) * 1e3) as u64
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use super::ThreadTimes;

    /// Reads the times of one thread, from any thread, while that thread lives.
    pub struct ThreadClock {
        thread: libc::pid_t,
        clock: libc::clockid_t,
    }

    impl ThreadClock {
        /// Of the calling thread.
        pub fn current() -> Option<Self> {
            // SAFETY: no preconditions.
            let thread = unsafe { libc::gettid() };
            let mut clock = 0;
            // SAFETY: the calling thread lives; a place for the answer.
            let status = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &mut clock) };
            (status == 0).then_some(Self { thread, clock })
        }

        pub(super) fn nanoseconds(&self) -> Option<u64> {
            let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            // SAFETY: a place for the answer. The clock of a thread that has ended is an error.
            let status = unsafe { libc::clock_gettime(self.clock, &mut time) };
            (status == 0).then_some(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
        }

        /// Exact for the calling thread, and in ticks of 10 ms for others.
        pub fn read(&self) -> Option<ThreadTimes> {
            // SAFETY: no preconditions.
            if self.thread == unsafe { libc::gettid() } {
                return own_times();
            }
            let path = format!("/proc/self/task/{}/stat", self.thread);
            let line = std::fs::read_to_string(path).ok()?;
            // The name in parentheses may contain anything.
            let fields = line.rsplit_once(')')?.1;
            let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<f64>);
            // SAFETY: no preconditions.
            let microseconds_per_tick = 1e6 / unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
            Some(ThreadTimes {
                user: ticks.next()?.ok()? * microseconds_per_tick,
                system: ticks.next()?.ok()? * microseconds_per_tick,
            })
        }
    }

    fn own_times() -> Option<ThreadTimes> {
        // SAFETY: the structure may be all zeros, and is filled in.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            if libc::getrusage(libc::RUSAGE_THREAD, &mut usage) != 0 {
                return None;
            }
            usage
        };
        let microseconds = |time: libc::timeval| time.tv_sec as f64 * 1e6 + time.tv_usec as f64;
        Some(ThreadTimes {
            user: microseconds(usage.ru_utime),
            system: microseconds(usage.ru_stime),
        })
    }
}

#[cfg(target_vendor = "apple")]
mod system {
    use super::ThreadTimes;

    /// Reads the times of one thread, from any thread, while that thread lives.
    pub struct ThreadClock {
        port: libc::mach_port_t,
    }

    impl ThreadClock {
        /// Of the calling thread.
        pub fn current() -> Option<Self> {
            // SAFETY: no preconditions; the port is the thread's own and lives as long as the thread.
            let port = unsafe { libc::pthread_mach_thread_np(libc::pthread_self()) };
            Some(Self { port })
        }

        pub(super) fn nanoseconds(&self) -> Option<u64> {
            self.read().map(ThreadTimes::nanoseconds)
        }

        pub fn read(&self) -> Option<ThreadTimes> {
            // SAFETY: the structure may be all zeros; its length in words is passed along.
            let info = unsafe {
                let mut info: libc::thread_basic_info = std::mem::zeroed();
                let mut count = libc::THREAD_BASIC_INFO_COUNT;
                let flavor = libc::THREAD_BASIC_INFO as libc::thread_flavor_t;
                if libc::thread_info(self.port, flavor, (&raw mut info).cast(), &mut count) != 0 {
                    return None;
                }
                info
            };
            let microseconds = |time: libc::time_value_t| f64::from(time.seconds) * 1e6 + f64::from(time.microseconds);
            Some(ThreadTimes {
                user: microseconds(info.user_time),
                system: microseconds(info.system_time),
            })
        }
    }
}

#[cfg(windows)]
mod system {
    use std::ffi::c_void;

    use super::ThreadTimes;

    type Handle = *mut c_void;

    unsafe extern "system" {
        fn GetCurrentThreadId() -> u32;
        fn OpenThread(access: u32, inherit: i32, thread: u32) -> Handle;
        fn CloseHandle(handle: Handle) -> i32;
        fn GetThreadTimes(thread: Handle, creation: *mut u64, exit: *mut u64, kernel: *mut u64, user: *mut u64) -> i32;
    }

    const THREAD_QUERY_LIMITED_INFORMATION: u32 = 0x0800;

    /// Reads the times of one thread, from any thread.
    pub struct ThreadClock {
        thread: Handle,
    }

    // SAFETY: a handle of the process, for all of its threads.
    unsafe impl Send for ThreadClock {}

    impl ThreadClock {
        /// Of the calling thread.
        pub fn current() -> Option<Self> {
            // SAFETY: no preconditions.
            let thread = unsafe { OpenThread(THREAD_QUERY_LIMITED_INFORMATION, 0, GetCurrentThreadId()) };
            (!thread.is_null()).then_some(Self { thread })
        }

        pub(super) fn nanoseconds(&self) -> Option<u64> {
            self.read().map(ThreadTimes::nanoseconds)
        }

        pub fn read(&self) -> Option<ThreadTimes> {
            let (mut creation, mut exit, mut kernel, mut user) = (0, 0, 0, 0);
            // SAFETY: an open handle, and places for the answers: FILETIME has the layout of a u64 in little endian.
            let is_read = unsafe { GetThreadTimes(self.thread, &mut creation, &mut exit, &mut kernel, &mut user) };
            // In units of 100 ns.
            (is_read != 0).then_some(ThreadTimes {
                user: user as f64 / 10.0,
                system: kernel as f64 / 10.0,
            })
        }
    }

    impl Drop for ThreadClock {
        fn drop(&mut self) {
            // SAFETY: opened above, closed once.
            unsafe { CloseHandle(self.thread) };
        }
    }
}
