//! The load generator: threads of connections, each thread with a runtime of its own.

pub mod connection;
pub mod options;
pub mod pace;
pub mod report;

#[cfg(test)]
mod tests;

use connection::Work;
use options::Options;
use pace::{Pace, Schedule, Times};
use report::{Report, Tally};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Time for all threads to come up before the first request.
const HEAD_START: Duration = Duration::from_millis(20);

/// Makes the load and waits for its end.
///
/// # Errors
/// A text: a thread, a core or a runtime was not to be had.
pub fn run(options: &Options) -> Result<Report<'_>, String> {
    let times = Times::of(options, Instant::now() + HEAD_START);
    let request: &'static [u8] = Box::leak(options.request.clone().into_boxed_slice());
    let mut total = Tally::new()?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..options.threads)
            .map(|index| {
                std::thread::Builder::new()
                    .name(format!("loadgen-{index}"))
                    .spawn_scoped(scope, move || thread(options, request, times, index))
                    .map_err(|e| e.to_string())
            })
            .collect();
        for thread in threads {
            let tally = thread?.join().map_err(|_| "a thread of the generator panicked".to_owned())??;
            total.add(&tally)?;
        }
        Ok::<(), String>(())
    })?;
    Ok(Report { options, tally: total, measured: times.measured })
}

/// Thread `index`'s part of `whole`, so that the parts add up.
fn share(whole: u64, index: usize, threads: usize) -> u64 {
    let (index, threads) = (index as u64, threads as u64);
    whole / threads + u64::from(index < whole % threads)
}

fn thread(options: &Options, request: &'static [u8], times: Times, index: usize) -> Result<Tally, String> {
    if let Some(core) = options.cores.get(index % options.cores.len().max(1)) {
        if !core_affinity::set_for_current(core_affinity::CoreId { id: *core }) {
            return Err(format!("cannot run on core {core}"));
        }
    }
    let mut runtime = monoio::RuntimeBuilder::<monoio::LegacyDriver>::new()
        .enable_timer()
        .build()
        .map_err(|e| format!("no runtime: {e}"))?;
    runtime.block_on(connections(options, request, times, index))
}

async fn connections(
    options: &Options,
    request: &'static [u8],
    times: Times,
    index: usize,
) -> Result<Tally, String> {
    let schedule = options.rate.map(|rate| Schedule::new(&times, rate, index, options.threads));
    let allowance = share(options.requests, index, options.threads);
    let pace = Rc::new(Pace::new(times, schedule, allowance));
    if let Some(schedule) = schedule {
        // The clock ends with its schedule, or at the first strike after the runtime is gone.
        let ticks = pace::start_clock(schedule).map_err(|e| format!("no clock: {e}"))?;
        monoio::spawn(pace::keep_time(pace.clone(), ticks));
    }
    let work = Rc::new(Work {
        addr: options.addr,
        request,
        head_only: options.head_only,
        new_connections: options.new_connections,
        timeout: options.timeout,
        open_loop: schedule.is_some(),
        times,
        pace,
        tally: RefCell::new(Tally::new()?),
    });
    monoio::time::sleep(times.start.saturating_duration_since(Instant::now())).await;
    let count = share(options.connections as u64, index, options.threads);
    let tasks: Vec<_> = (0..count).map(|_| monoio::spawn(connection::run(work.clone()))).collect();
    for task in tasks {
        task.await;
    }
    let mut tally = work.tally.replace(Tally::new()?);
    if let Some(schedule) = schedule {
        tally.close(schedule.measured.min(allowance));
    }
    Ok(tally)
}
