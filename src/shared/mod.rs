//! The only place for atomics, mutexes and data that several threads touch; knows no socket and no
//! runtime. Every type here says who writes, who reads, in which order, and why nobody contends.
//!
//! | type | writers | readers | ordering |
//! |---|---|---|---|
//! | `bucket::Bucket` | every shard, one compare-and-swap of the whole state | the same | `Relaxed`: the one word is all there is to agree on, it guards no other data |
//! | `clients::Clients` | every shard, under the short lock of one stripe of many | the same | the lock |
//! | `breaker::Breaker` | every shard, only when something changes; a healthy backend is only read | every shard, twice a call | `Relaxed`, as for the bucket |
//! | `snapshot::Snapshot` | the control thread | every shard, one load per use | see there |
//! | `meters::Block` | one shard | whoever reports | `Relaxed`: numbers alone |
//! | `flag::Flag` | one side, once | the other | see there |
//!
//! Rate limits and breakers are one per process, not per shard: the numbers in a configuration
//! mean the gateway, whatever its number of cores.

pub mod breaker;
pub mod bucket;
pub mod clients;
pub mod fingerprint;
pub mod flag;
pub mod meters;
pub mod names;
pub mod services;
pub mod snapshot;
