//! A name server for tests: UDP on this machine, answers from a table, counts what it is asked.

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// What a name has; `ttl` of A and of AAAA.
#[derive(Clone, Copy)]
pub struct Answers {
    pub v4: &'static [&'static str],
    pub v6: &'static [&'static str],
    pub ttl: (u32, u32),
}

/// An SRV record: priority, weight, port, target.
pub type Srv = (u16, u16, u16, &'static str);

type Services = Arc<Mutex<HashMap<String, Vec<Srv>>>>;

/// Runs until the test process ends. Unknown names do not exist; names that begin with `mute6` get
/// no answer about AAAA.
pub struct FakeServer {
    address: SocketAddr,
    asked: Arc<Mutex<HashMap<String, usize>>>,
    services: Services,
}

impl FakeServer {
    pub fn start(names: &[(&str, Answers)]) -> FakeServer {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("socket");
        let address = socket.local_addr().expect("address");
        let names: HashMap<String, Answers> = names.iter().map(|(n, a)| ((*n).to_owned(), *a)).collect();
        let asked = Arc::new(Mutex::new(HashMap::new()));
        let counts = Arc::clone(&asked);
        let services = Services::default();
        let records = Arc::clone(&services);
        std::thread::spawn(move || {
            let mut packet = [0; 1500];
            while let Ok((len, from)) = socket.recv_from(&mut packet) {
                let Ok(question) = Message::from_vec(&packet[..len]) else { continue };
                if let Some(answer) = answer(&names, &records, &counts, &question) {
                    let _ = socket.send_to(&answer.to_vec().expect("packet"), from);
                }
            }
        });
        FakeServer { address, asked, services }
    }

    /// Gives a service these records from now on; none: it does not exist.
    pub fn set(&self, service: &str, records: &[Srv]) {
        self.services.lock().expect("records").insert(service.to_owned(), records.to_vec());
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Questions about a name, of whatever type.
    pub fn queries(&self, name: &str) -> usize {
        self.asked.lock().expect("counts").get(name).copied().unwrap_or(0)
    }

    pub fn total(&self) -> usize {
        self.asked.lock().expect("counts").values().sum()
    }
}

fn answer(
    names: &HashMap<String, Answers>,
    services: &Mutex<HashMap<String, Vec<Srv>>>,
    counts: &Mutex<HashMap<String, usize>>,
    question: &Message,
) -> Option<Message> {
    let query = question.queries.first()?;
    let name = query.name().to_string().to_lowercase();
    *counts.lock().expect("counts").entry(name.clone()).or_default() += 1;
    if name.starts_with("mute6") && query.query_type() == RecordType::AAAA {
        return None;
    }
    let mut message = Message::response(question.metadata.id, OpCode::Query);
    message.add_query(query.clone());
    if query.query_type() == RecordType::SRV {
        for (priority, weight, port, target) in services.lock().expect("records").get(&name)? {
            let labels = target.split('.').filter(|label| !label.is_empty()).map(str::as_bytes);
            let target = Name::from_labels(labels).expect("name"); // takes any bytes
            let data = RData::SRV(SRV::new(*priority, *weight, *port, target));
            message.add_answer(Record::from_rdata(query.name().clone(), 60, data));
        }
        if message.answers.is_empty() {
            message.metadata.response_code = ResponseCode::NXDomain;
        }
        return Some(message);
    }
    let Some(answers) = names.get(&name) else {
        message.metadata.response_code = ResponseCode::NXDomain;
        return Some(message);
    };
    let (list, ttl) = match query.query_type() {
        RecordType::A => (answers.v4, answers.ttl.0),
        RecordType::AAAA => (answers.v6, answers.ttl.1),
        _ => (&[][..], 0),
    };
    for address in list {
        let address: IpAddr = address.parse().expect("address");
        message.add_answer(Record::from_rdata(query.name().clone(), ttl, RData::from(address)));
    }
    Some(message)
}
