//! What the shop's four services answer: a table of routes over fixed JSON; knows no socket.

/// One backend of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Users,
    Carts,
    Recommendations,
    Banners,
}

impl Service {
    /// All, in the order of [`super::PORTS`].
    pub(super) const ALL: [Service; 4] =
        [Service::Users, Service::Carts, Service::Recommendations, Service::Banners];

    /// The word in the `Server` field and in thread names.
    pub(super) fn name(self) -> &'static str {
        match self {
            Service::Users => "users",
            Service::Carts => "carts",
            Service::Recommendations => "recommendations",
            Service::Banners => "banners",
        }
    }
}

/// A whole answer; the body is JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: &'static str,
}

const USERS: &str = include_str!("data/users.json");
const USER: [&str; 3] =
    [include_str!("data/user-1.json"), include_str!("data/user-2.json"), include_str!("data/user-3.json")];
const CART: [&str; 3] =
    [include_str!("data/cart-1.json"), include_str!("data/cart-2.json"), include_str!("data/cart-3.json")];
const RECOMMENDATIONS: [&str; 3] = [
    include_str!("data/recommendations-1.json"),
    include_str!("data/recommendations-2.json"),
    include_str!("data/recommendations-3.json"),
];
const BANNERS: &str = include_str!("data/banners.json");

/// Always this status: the service that lets an aggregate stay partial.
const OFFERS_DOWN: Answer = Answer { status: 503, body: "{\"error\": \"offers are being computed\"}\n" };
const NOT_FOUND: Answer = Answer { status: 404, body: "{\"error\": \"not found\"}\n" };
const WRONG_METHOD: Answer = Answer { status: 405, body: "{\"error\": \"method not allowed\"}\n" };
const ADDED: Answer = Answer { status: 201, body: "{\"added\": true}\n" };

/// The answer of `service`; `path` without the query.
pub(super) fn answer(service: Service, method: &str, path: &str) -> Answer {
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/');
    let (first, second, third) = (segments.next().unwrap_or(""), segments.next(), segments.next());
    if segments.next().is_some() {
        return NOT_FOUND;
    }
    let found = match (service, first, second, third) {
        (Service::Users, "users", None, None) => ok(Some(&USERS)),
        (Service::Users, "users", Some(id), None) => ok(of(&USER, id)),
        (Service::Carts, "carts", Some(id), None) => ok(of(&CART, id)),
        (Service::Carts, "carts", Some(id), Some("items")) => {
            return match (of(&CART, id), method) {
                (None, _) => NOT_FOUND,
                (Some(_), "POST") => ADDED,
                (Some(_), _) => WRONG_METHOD,
            };
        }
        (Service::Recommendations, "recommendations", Some(id), None) => ok(of(&RECOMMENDATIONS, id)),
        (Service::Banners, "banners", None, None) => ok(Some(&BANNERS)),
        (Service::Banners, "offers", None, None) => OFFERS_DOWN,
        _ => NOT_FOUND,
    };
    match method {
        "GET" | "HEAD" | "QUERY" => found,
        _ if found == NOT_FOUND => NOT_FOUND,
        _ => WRONG_METHOD,
    }
}

fn ok(body: Option<&&'static str>) -> Answer {
    body.map_or(NOT_FOUND, |body| Answer { status: 200, body })
}

/// The entry of the user `id`, which counts from 1.
fn of<'a>(table: &'a [&'static str; 3], id: &str) -> Option<&'a &'static str> {
    let number: usize = id.parse().ok()?;
    table.get(number.checked_sub(1)?)
}
