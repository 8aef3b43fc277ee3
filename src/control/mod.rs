//! The control thread: slow side work for the shards, on a tokio runtime of its own; knows the
//! shards only through `port`. A service that panics is started anew; what was asked of it is
//! answered `Unavailable`. The log thread (`log`) is a thread of its own.

mod dns;
pub mod log;
mod registry;

use self::registry::{Service, SERVICES};
use crate::limits::CONTROL_QUEUE;
use crate::port::handle::{pair, Ask, Inbox, Request};
use crate::port::log::{EventTag, Level, LogLane};
use crate::shared::names::NameTable;
use crate::shared::services::ServiceTable;
use futures_channel::oneshot;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::{spawn_local, LocalSet};
use tokio::time::sleep;

/// Pause before a service that panicked is started anew.
const RESTART_PAUSE: Duration = Duration::from_millis(200);

/// What the services need to know.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Names known at start; their slots are kept filled while they are used.
    pub names: Arc<NameTable>,
    /// Services whose hosts are looked up, again and again.
    pub services: Arc<ServiceTable>,
    /// `dns_cache_ttl`: instead of the name servers' times to live; at least one second.
    pub name_ttl: Option<Duration>,
    /// `None`: those of /etc/resolv.conf.
    pub name_servers: Option<Vec<SocketAddr>>,
}

/// The running control thread. Dropping it stops without waiting.
#[derive(Debug)]
pub struct Control {
    ask: Ask,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What every service has at hand.
struct Context {
    settings: Settings,
    log: LogLane,
}

/// Starts the control thread with all services.
///
/// # Errors
/// When the system gives no thread or no event queue.
pub fn start(settings: Settings, log: LogLane) -> io::Result<Control> {
    start_with(SERVICES, settings, log)
}

fn start_with(services: &'static [Service], settings: Settings, log: LogLane) -> io::Result<Control> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (ask, inbox) = pair();
    let (stop, stopped) = oneshot::channel();
    let thread = Builder::new().name("sluice-control".into()).spawn(move || {
        run(&runtime, services, Context { settings, log }, inbox, stopped);
        // Not waiting for what the resolver may still have running.
        runtime.shutdown_background();
    })?;
    Ok(Control { ask, stop: Some(stop), thread: Some(thread) })
}

impl Control {
    /// For a shard. Stays usable after the control thread ended: then it answers `Unavailable`.
    #[must_use]
    pub fn ask(&self) -> Ask {
        self.ask.clone()
    }

    /// Ends the thread; what is still asked is answered `Unavailable`.
    pub fn stop(mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has ended it as well
        }
    }
}

fn run(
    runtime: &Runtime,
    services: &'static [Service],
    context: Context,
    inbox: Inbox,
    stopped: oneshot::Receiver<()>,
) {
    let context = Rc::new(context);
    let tasks = LocalSet::new();
    tasks.block_on(runtime, async move {
        let mut doors = Vec::with_capacity(services.len());
        for service in services {
            let (door, mail) = flume::bounded(CONTROL_QUEUE);
            spawn_local(supervise(service, Rc::clone(&context), mail));
            doors.push((service, door));
        }
        spawn_local(dispatch(inbox, doors));
        let _ = stopped.await; // told to stop, or the handle was dropped
    });
}

/// Hands each question to the service that takes it. A question without one, or whose service has
/// too many, is dropped, which answers `Unavailable`.
async fn dispatch(inbox: Inbox, doors: Vec<(&'static Service, flume::Sender<Request>)>) {
    while let Some(request) = inbox.next().await {
        if let Some((_, door)) = doors.iter().find(|(service, _)| (service.takes)(&request.call)) {
            drop(door.try_send(request));
        }
    }
}

/// Runs a service, again and again while it panics.
async fn supervise(service: &'static Service, context: Rc<Context>, mail: flume::Receiver<Request>) {
    loop {
        let (cx, mail) = (Rc::clone(&context), mail.clone());
        // The service is made inside the task, so that a panic while it starts is caught too.
        let ended = spawn_local(async move { (service.run)(cx, mail).await }).await;
        if ended.is_ok() {
            return;
        }
        let text = "the service panicked and is started anew";
        context.log.event(Level::Error, EventTag::Service(service.name), text);
        sleep(RESTART_PAUSE).await;
    }
}

#[cfg(test)]
mod tests;
