//! Work in parallel, by whatever threads the binary has: a browser's worker has one, the command has a pool.

use std::sync::Mutex;

/// Something that runs many calls of one function, in any order, perhaps at the same time.
pub trait Threads: Sync {
    /// Calls `work` once with every number below `count`.
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync));
}

/// One thread: one call after the other.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

impl Threads for Serial {
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).for_each(work);
    }
}

impl std::fmt::Debug for dyn Threads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("threads")
    }
}

const ONCE: &str = "no call has panicked, and each number comes once";

/// Calls `work` with every item and its index.
pub(super) fn each_mut<T: Send>(threads: &dyn Threads, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
    let slots: Vec<Mutex<&mut T>> = items.iter_mut().map(Mutex::new).collect();
    threads.each(slots.len(), &|index| work(index, &mut slots[index].lock().expect(ONCE)));
}

/// The results of `work` for every number below `count`, in order.
pub(super) fn map<T: Send>(threads: &dyn Threads, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut results: Vec<Option<T>> = Vec::new();
    results.resize_with(count, || None);
    each_mut(threads, &mut results, |index, result| *result = Some(work(index)));
    results.into_iter().map(|result| result.expect(ONCE)).collect()
}

/// Runs both; returns the results.
pub(super) fn join<A: Send, B: Send>(
    threads: &dyn Threads,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    let (a, b) = (Mutex::new(Some(a)), Mutex::new(Some(b)));
    let results = (Mutex::new(None), Mutex::new(None));
    threads.each(2, &|index| match index {
        0 => *results.0.lock().expect(ONCE) = a.lock().expect(ONCE).take().map(|a| a()),
        _ => *results.1.lock().expect(ONCE) = b.lock().expect(ONCE).take().map(|b| b()),
    });
    let done = |result: Option<Option<_>>| result.flatten();
    let a = done(results.0.into_inner().ok()).expect(ONCE);
    (a, results.1.into_inner().ok().flatten().expect(ONCE))
}
