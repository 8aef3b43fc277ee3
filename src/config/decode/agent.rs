//! One entry of `async_agent`.

use super::{backend, extra};
use crate::config::finding::Finding;
use crate::config::weak::{Child, Keys};
use crate::config::Agent;

pub fn agent(child: &Child<'_>, findings: &mut Vec<Finding>) -> Agent {
    let mut keys = Keys::new(&child.at, child.members);
    let mut agent = Agent {
        at: child.at.clone(),
        name: keys.text("name"),
        encoding: keys.text("encoding"),
        ..Agent::default()
    };
    let mut inner = Vec::new();
    if let Some(connection) = keys.object("connection") {
        let mut connection = Keys::new(&connection.at, connection.members);
        agent.max_retries = connection.int("max_retries");
        agent.backoff_strategy = connection.text("backoff_strategy");
        agent.health_interval = connection.duration("health_interval");
        connection.finish("an agent's connection", &mut inner);
    }
    if let Some(consumer) = keys.object("consumer") {
        let mut consumer = Keys::new(&consumer.at, consumer.members);
        agent.topic = consumer.text("topic");
        agent.workers = consumer.int("workers");
        agent.timeout = consumer.timeout("timeout");
        agent.max_rate = consumer.float("max_rate");
        consumer.finish("an agent's consumer", &mut inner);
    }
    for item in keys.objects("backend") {
        agent.backend.push(backend::backend(&item, &mut inner));
    }
    agent.extra = extra::extra(&mut keys, &mut inner);
    keys.finish("an async agent", findings);
    findings.append(&mut inner);
    agent
}
