//! The demo's backends: four loopback listeners, a bounded number of threads, one a connection;
//! knows nothing of the gateway.
//!
//! Plain blocking threads, because a demo serves a person, not load: simple, and whatever the
//! gateway does to it, the gateway's own threads are not involved.

use super::shop::{self, Answer, Service};
use super::wire::{self, Unfit};
use crate::limits::{DEMO_BODY_BYTES, DEMO_CONNECTIONS, DEMO_IDLE_MS};
use std::io::{self, BufReader, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Stack of one connection's thread, bytes: the answers are static, little is needed.
const STACK_BYTES: usize = 256 << 10;
/// Pause after a failed accept (no descriptors left), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Wait for the rest of a refused request.
const LINGER: Duration = Duration::from_secs(1);
/// Wait for the wake-up connection of a stop; it is loopback, so this is never reached.
const WAKE_TIMEOUT: Duration = Duration::from_secs(1);

/// The running backends. Dropping it stops them: listeners closed, connections cut, threads ended.
#[derive(Debug)]
pub struct DemoBackends {
    running: Vec<Running>,
    addrs: [SocketAddr; 4],
}

impl DemoBackends {
    /// Where users, carts, recommendations and banners listen, in this order; real ports where
    /// port 0 was asked for.
    #[must_use]
    pub fn addrs(&self) -> [SocketAddr; 4] {
        self.addrs
    }
}

/// Starts users, carts, recommendations and banners on `addrs`, in this order. Port 0 takes any
/// free port.
///
/// # Errors
/// An address that is not loopback, a port that is taken (both with the address in the text), or
/// no thread to be had. Whatever had started is stopped again.
pub fn start(addrs: [SocketAddr; 4]) -> io::Result<DemoBackends> {
    let mut backends = DemoBackends { running: Vec::with_capacity(addrs.len()), addrs };
    for (slot, service) in backends.addrs.iter_mut().zip(Service::ALL) {
        let (running, bound) = listen(service, *slot)?;
        *slot = bound;
        backends.running.push(running);
    }
    Ok(backends)
}

fn listen(service: Service, addr: SocketAddr) -> io::Result<(Running, SocketAddr)> {
    let context = |e: io::Error| {
        io::Error::new(e.kind(), format!("demo backend '{}' cannot listen on {addr}: {e}", service.name()))
    };
    if !addr.ip().is_loopback() {
        return Err(context(io::Error::new(io::ErrorKind::InvalidInput, "not a loopback address")));
    }
    let listener = TcpListener::bind(addr).map_err(context)?;
    let bound = listener.local_addr().map_err(context)?;
    let (stop, stopped) = channel();
    let thread = Builder::new()
        .name(format!("demo-{}", service.name()))
        .spawn(move || accept_loop(service, &listener, &stopped))
        .map_err(context)?;
    Ok((Running { addr: bound, stop: Some(stop), thread: Some(thread) }, bound))
}

/// One listener's thread.
#[derive(Debug)]
struct Running {
    addr: SocketAddr,
    /// Nothing is ever sent: dropping it is the stop.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        // The thread waits in accept: a connection wakes it, and it sees the dropped channel.
        let woken = TcpStream::connect_timeout(&self.addr, WAKE_TIMEOUT);
        if let Some(thread) = self.thread.take() {
            if woken.is_ok() || thread.is_finished() {
                // A panic there is already reported by its own thread.
                let _ = thread.join();
            }
        }
    }
}

/// One client's connection: a second handle to cut it with, and its thread.
struct Client {
    stream: TcpStream,
    thread: JoinHandle<()>,
}

fn accept_loop(service: Service, listener: &TcpListener, stopped: &Receiver<()>) {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let accepted = listener.accept();
        if stopped.try_recv() == Err(TryRecvError::Disconnected) {
            break;
        }
        clients.retain(|client| !client.thread.is_finished());
        match accepted {
            Ok((stream, _)) if clients.len() < DEMO_CONNECTIONS => {
                // Without a thread or a descriptor the connection closes, which a gateway must bear.
                if let Ok(client) = spawn_client(service, stream) {
                    clients.push(client);
                }
            }
            Ok((mut stream, _)) => {
                let busy = Answer { status: 503, body: "{\"error\": \"too many connections\"}\n" };
                let _ = wire::write(&mut stream, service.name(), busy, true, false);
            }
            Err(_) => {
                if stopped.recv_timeout(ACCEPT_PAUSE) == Err(RecvTimeoutError::Disconnected) {
                    break;
                }
            }
        }
    }
    for client in &clients {
        let _ = client.stream.shutdown(Shutdown::Both);
    }
    for client in clients {
        let _ = client.thread.join();
    }
}

fn spawn_client(service: Service, stream: TcpStream) -> io::Result<Client> {
    let own = stream.try_clone()?;
    let thread = Builder::new()
        .name(format!("demo-{}-client", service.name()))
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // Every error means that the client is gone: there is nobody to tell.
            let _ = serve(service, &own);
            // The accept loop still holds a handle, so that closing this one would not end it.
            let _ = own.shutdown(Shutdown::Both);
        })?;
    Ok(Client { stream, thread })
}

fn serve(service: Service, stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(DEMO_IDLE_MS)))?;
    stream.set_write_timeout(Some(Duration::from_millis(DEMO_IDLE_MS)))?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        match wire::read(&mut reader, &mut writer) {
            Ok(request) => {
                let answer = shop::answer(service, &request.method, &request.path);
                let with_body = request.method != "HEAD";
                wire::write(&mut writer, service.name(), answer, with_body, request.keep)?;
                if !request.keep {
                    return Ok(());
                }
            }
            Err(Unfit::Gone) => return Ok(()),
            Err(Unfit::Refuse(status)) => {
                let refusal = Answer { status, body: "{\"error\": \"request refused\"}\n" };
                wire::write(&mut writer, service.name(), refusal, true, false)?;
                return linger(stream);
            }
        }
    }
}

/// Takes what the client still sends, within bounds: closing over unread bytes resets the
/// connection, and the client could lose the answer (RFC 9112 section 9.6).
fn linger(mut stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(LINGER))?;
    io::copy(&mut stream.by_ref().take(DEMO_BODY_BYTES), &mut io::sink())?;
    Ok(())
}
