//! The scheduler against the simplest possible one: lists sorted by priority.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;

const WORKERS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Submit(TaskOptions),
    /// To a worker, or to the last one that left.
    SubmitTo(usize, TaskOptions),
    Cancel(usize),
    CancelAll,
    Take(usize),
    Rest(usize),
    Finish(usize, usize),
    /// Ends the worker because of one of its tasks.
    End(usize, usize),
    Retire(usize),
    Leave(usize),
}

fn options() -> impl Strategy<Value = TaskOptions> {
    (-2..3i32, any::<bool>()).prop_map(|(priority, is_cancellable)| TaskOptions {
        priority,
        is_cancellable,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => options().prop_map(Step::Submit),
        4 => (0..=WORKERS, options()).prop_map(|(worker, options)| Step::SubmitTo(worker, options)),
        3 => any::<usize>().prop_map(Step::Cancel),
        1 => Just(Step::CancelAll),
        9 => (0..WORKERS).prop_map(Step::Take),
        9 => (0..WORKERS).prop_map(Step::Rest),
        6 => (0..WORKERS, any::<usize>()).prop_map(|(worker, index)| Step::Finish(worker, index)),
        1 => (0..WORKERS, any::<usize>()).prop_map(|(worker, index)| Step::End(worker, index)),
        2 => (0..WORKERS).prop_map(Step::Retire),
        2 => (0..WORKERS).prop_map(Step::Leave),
    ]
}

/// Waiting tasks, without cancelled ones.
#[derive(Default)]
struct Line(BTreeMap<Reverse<i32>, VecDeque<TaskId>>);

impl Line {
    fn push(&mut self, order: Order, priority: i32, id: TaskId) {
        let ids = self.0.entry(Reverse(priority)).or_default();
        match order {
            Order::FirstInFirstOut => ids.push_back(id),
            Order::LastInFirstOut => ids.push_front(id),
        }
    }

    fn first(&self) -> Option<TaskId> {
        self.ids().next()
    }

    fn remove(&mut self, id: TaskId) -> bool {
        self.0.values_mut().any(|ids| {
            let index = ids.iter().position(|other| *other == id);
            index.is_some_and(|index| ids.remove(index).is_some())
        })
    }

    fn ids(&self) -> impl Iterator<Item = TaskId> {
        self.0.values().flatten().copied()
    }

    fn len(&self) -> usize {
        self.ids().count()
    }
}

struct Player {
    worker: Worker<TaskId>,
    own: Line,
    running: Vec<TaskId>,
    is_retired: bool,
    /// It may have been woken, and then ended: it passes the wake-up on when it looks or leaves.
    is_ending: bool,
    /// It has just found no task; a worker only rests then.
    has_looked: bool,
    /// It rests, and was not woken.
    is_asleep: bool,
}

struct Model {
    pool: Pool<TaskId>,
    order: Order,
    concurrency: usize,
    shared: Line,
    players: Vec<Player>,
    last_gone: Option<Arc<Member<TaskId>>>,
    tasks: Vec<Option<Arc<Task<TaskId>>>>,
    /// The queues may still contain cancelled tasks.
    has_cancelled: bool,
}

impl Model {
    fn new(order: Order, concurrency: usize) -> Self {
        let settings = Settings {
            order,
            ..Settings::default()
        };
        let mut model = Self {
            pool: Pool::new(settings),
            order,
            concurrency,
            shared: Line::default(),
            players: Vec::new(),
            last_gone: None,
            tasks: Vec::new(),
            has_cancelled: false,
        };
        model.players = (0..WORKERS).map(|key| model.player(key)).collect();
        model
    }

    fn player(&self, key: usize) -> Player {
        Player {
            worker: Worker::new(&self.pool, key, self.concurrency),
            own: Line::default(),
            running: Vec::new(),
            is_retired: false,
            is_ending: false,
            has_looked: false,
            is_asleep: false,
        }
    }

    fn queued(&self) -> usize {
        self.shared.len() + self.players.iter().map(|player| player.own.len()).sum::<usize>()
    }

    fn give_away(&mut self, worker: usize) {
        let own = std::mem::take(&mut self.players[worker].own);
        for (Reverse(priority), ids) in own.0 {
            for id in ids {
                self.shared.push(self.order, priority, id);
            }
        }
    }

    fn take_step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Submit(options) => {
                let id = self.tasks.len() as TaskId;
                self.shared.push(self.order, options.priority, id);
                self.tasks.push(self.pool.submit(id, options, id));
            }
            Step::SubmitTo(worker, options) => self.submit_to(worker, options),
            Step::Cancel(index) => self.cancel(index)?,
            Step::CancelAll => {
                let lines = self.players.iter().map(|player| &player.own);
                let mut expected: Vec<_> = lines.flat_map(Line::ids).collect();
                expected.extend(self.shared.ids());
                expected.sort_unstable();
                let mut cancelled = self.pool.cancel_all();
                cancelled.sort_unstable();
                prop_assert_eq!(cancelled, expected);
                self.shared = Line::default();
                self.players.iter_mut().for_each(|player| player.own = Line::default());
                self.has_cancelled = false;
            }
            Step::Take(worker) => self.take(worker)?,
            Step::Rest(worker) if self.players[worker].has_looked => self.rest(worker)?,
            Step::Rest(worker) => self.take(worker)?,
            Step::Finish(worker, index) => {
                let Player { worker, running, .. } = &mut self.players[worker];
                if !running.is_empty() {
                    let id = running.remove(index % running.len());
                    prop_assert!(self.pool.finish(&worker.member, id));
                    prop_assert!(!self.pool.finish(&worker.member, id));
                }
            }
            Step::End(worker, index) => {
                let player = &mut self.players[worker];
                if !player.running.is_empty() {
                    let id = player.running[index % player.running.len()];
                    let member = &player.worker.member;
                    prop_assert_eq!(member.abort(id, Abort::Aborted, true), Some(true));
                    player.is_ending |= !player.is_retired && !player.is_asleep;
                    player.is_retired = true;
                    player.is_asleep = false;
                }
            }
            Step::Retire(worker) => {
                let player = &mut self.players[worker];
                let is_first = !std::mem::replace(&mut player.is_retired, true);
                player.is_asleep = false;
                prop_assert_eq!(self.pool.retire(&player.worker.member), is_first);
                if is_first {
                    self.give_away(worker);
                }
            }
            Step::Leave(worker) => {
                self.give_away(worker);
                let player = self.player(worker);
                let gone = std::mem::replace(&mut self.players[worker], player);
                prop_assert_eq!(self.pool.leave(&gone.worker.member), gone.running);
                self.last_gone = Some(gone.worker.member);
            }
        }
        Ok(())
    }

    fn submit_to(&mut self, worker: usize, options: TaskOptions) {
        let member = match self.players.get(worker) {
            Some(player) => Some(player.worker.member.clone()),
            None => self.last_gone.clone(),
        };
        let Some(member) = member else { return };
        let id = self.tasks.len() as TaskId;
        match self.players.get_mut(worker) {
            Some(player) => player.own.push(Order::default(), options.priority, id),
            None => self.shared.push(self.order, options.priority, id),
        }
        if self.players.get(worker).is_some_and(|player| player.is_retired) {
            self.give_away(worker);
        }
        self.tasks.push(self.pool.submit_to(&member, id, options, id));
    }

    fn cancel(&mut self, index: usize) -> Result<(), TestCaseError> {
        if self.tasks.is_empty() {
            return Ok(());
        }
        let id = index % self.tasks.len();
        let Some(task) = &self.tasks[id] else { return Ok(()) };
        let id = id as TaskId;
        let was_waiting = self.shared.remove(id) || self.players.iter_mut().any(|player| player.own.remove(id));
        prop_assert_eq!(self.pool.cancel(task), was_waiting.then_some(id));
        self.has_cancelled |= was_waiting;
        Ok(())
    }

    fn take(&mut self, worker: usize) -> Result<(), TestCaseError> {
        let Player {
            worker,
            own,
            running,
            is_retired,
            is_ending,
            has_looked,
            is_asleep,
        } = &mut self.players[worker];
        *is_asleep = false;
        *is_ending = false;
        let taken = self.pool.take(&worker.member);
        *has_looked = taken.is_none();
        if *is_retired || running.len() == self.concurrency {
            prop_assert_eq!(taken, None);
            return Ok(());
        }
        let firsts = [own.first(), self.shared.first()];
        let Some((id, payload)) = taken else {
            prop_assert_eq!(firsts, [None, None]);
            return Ok(());
        };
        prop_assert_eq!(id, payload);
        prop_assert!(firsts.contains(&Some(id)), "{} is not among {:?}", id, firsts);
        prop_assert!(own.remove(id) || self.shared.remove(id));
        running.push(id);
        Ok(())
    }

    fn rest(&mut self, worker: usize) -> Result<(), TestCaseError> {
        let player = &mut self.players[worker];
        let is_resting = self.pool.rest(&player.worker.member);
        player.has_looked = false;
        if player.is_retired || player.running.len() == self.concurrency {
            prop_assert!(is_resting);
            return Ok(());
        }
        let has_tasks = player.own.len() + self.shared.len() > 0;
        prop_assert!(!(has_tasks && is_resting), "it rests while a task waits");
        prop_assert!(
            has_tasks || is_resting || self.has_cancelled,
            "it looks for a task that does not exist"
        );
        player.is_asleep = is_resting;
        Ok(())
    }

    /// No task waits for a resting worker.
    fn check(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.pool.queued(), self.queued());
        for player in &mut self.players {
            let is_woken = player.worker.woken() > 0;
            player.is_asleep &= !is_woken;
            prop_assert!(
                !player.is_asleep || player.own.len() == 0,
                "it rests while its own queue has a task"
            );
        }
        if self.players.iter().any(|player| player.is_asleep) {
            let will_look = |player: &&Player| {
                let has_room = player.running.len() < self.concurrency;
                !player.is_asleep && has_room && (!player.is_retired || player.is_ending)
            };
            let awake = self.players.iter().filter(will_look).count();
            let waiting = self.shared.len();
            prop_assert!(
                awake >= waiting,
                "{} tasks wait, {} workers look for one, one sleeps",
                waiting,
                awake
            );
        }
        Ok(())
    }

    /// All tasks that wait at the end still exist.
    fn finish(mut self) -> Result<(), TestCaseError> {
        for worker in 0..WORKERS {
            self.take_step(Step::Leave(worker))?;
            self.take_step(Step::Retire(worker))?;
        }
        let taken = Worker::new(&self.pool, WORKERS, self.tasks.len() + 1).take_all(&self.pool);
        prop_assert_eq!(taken, self.shared.ids().collect::<Vec<_>>());
        prop_assert_eq!(self.pool.queued(), 0);
        Ok(())
    }
}

proptest! {
    #[test]
    fn it_does_what_lists_sorted_by_priority_do(
        steps in prop::collection::vec(step(), 0..120),
        concurrency in 1..4usize,
        is_last_in_first_out in any::<bool>(),
    ) {
        let order = if is_last_in_first_out { Order::LastInFirstOut } else { Order::FirstInFirstOut };
        let mut model = Model::new(order, concurrency);
        for step in steps {
            model.take_step(step)?;
            model.check()?;
        }
        model.finish()?;
    }
}
