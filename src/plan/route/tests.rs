use super::super::pattern::Pattern;
use super::*;
use proptest::prelude::*;

const ALL: RouteOptions = RouteOptions {
    auto_options: false,
    method_not_allowed: true,
    redirect_trailing_slash: true,
    redirect_fixed_path: true,
    keep_slashes: false,
    debug: false,
    echo: false,
};

fn routes(options: RouteOptions, list: &[(Method, &str)]) -> Routes {
    let mut routes = Routes::new(options);
    for (index, (method, path)) in list.iter().enumerate() {
        let pattern = Pattern::parse(path, false).expect(path);
        routes.add(*method, &pattern.segments, index).expect(path);
    }
    routes.add_health(&[Segment::Literal(b"__health".to_vec())]).expect("free");
    routes
}

/// The routes of the recorded case core-routing.
fn recorded(options: RouteOptions) -> Routes {
    use Method::{Get, Post};
    let list = [
        (Get, "/users/{id}"),
        (Get, "/users/me"),
        (Get, "/users/{id}/posts/{post}"),
        (Get, "/users"),
        (Post, "/users"),
        (Get, "/a/b/"),
        (Get, "no-slash"),
        (Get, "/Case/Path"),
        (Post, "/users/{name}/x"),
        (Get, "/\u{dc}/x"),
    ];
    routes(options, &list)
}

fn find(routes: &Routes, method: Method, path: &str) -> (String, Vec<String>) {
    let mut spans = ParamSpans::new();
    spans.push((7, 9));
    let text = match routes.find(method, path.as_bytes(), &mut spans) {
        Match::Endpoint(index) => index.to_string(),
        Match::MethodNotAllowed(set) => format!("405 {}", routes.allow(set)),
        Match::Options(set) => format!("options {}", routes.allow(set)),
        other => format!("{other:?}"),
    };
    let params = spans.iter().map(|(start, end)| path[*start as usize..*end as usize].to_owned()).collect();
    (text, params)
}

#[test]
fn finds_what_gin_finds() {
    use Method::{Delete, Get, Head, Options, Other, Post};
    let routes = recorded(ALL);
    let table: &[(Method, &str, &str, &[&str])] = &[
        (Get, "/users/5", "0", &["5"]),
        (Get, "/users/me", "1", &[]),
        (Get, "/users/me/posts/9", "2", &["me", "9"]),
        (Get, "/users/a b", "0", &["a b"]),
        (Get, "/users", "3", &[]),
        (Post, "/users", "4", &[]),
        (Post, "/users/me/x", "8", &["me"]),
        (Get, "/users/me/x", "405 POST", &[]),
        (Get, "/a/b/", "5", &[]),
        (Get, "/no-slash", "6", &[]),
        (Get, "/\u{dc}/x", "9", &[]),
        (Delete, "/users", "405 GET, POST", &[]),
        (Head, "/users/5", "405 GET", &[]),
        (Options, "/users/5", "405 GET", &[]),
        (Other, "/users/me", "405 GET", &[]),
        (Post, "/__health", "405 GET", &[]),
        (Get, "/__health", "Health", &[]),
        (Get, "/users/", "NotFound", &[]),
        (Get, "/users//posts/9", "NotFound", &[]),
        (Get, "/users/5/posts", "NotFound", &[]),
        (Get, "/users/5/posts/", "NotFound", &[]),
        (Get, "/case/path", "NotFound", &[]),
        (Get, "//users", "NotFound", &[]),
        (Get, "/", "NotFound", &[]),
        (Get, "*", "NotFound", &[]),
        (Get, "", "NotFound", &[]),
        (Get, "/__debug/x", "NotFound", &[]),
    ];
    for (method, path, want, params) in table {
        let (found, spans) = find(&routes, *method, path);
        assert_eq!(found, *want, "{method:?} {path}");
        assert_eq!(spans, *params, "{method:?} {path}");
    }
}

#[test]
fn methods_have_trees_of_their_own() {
    use Method::{Get, Patch, Post, Put};
    let list = [
        (Get, "/u/me"),
        (Post, "/u/{id}"),
        (Put, "/{any}/me"),
        (Get, "/{a}/{b}/c"),
        (Get, "/u/me/d"),
        (Patch, "/u/{x}/{y}"),
    ];
    let routes = routes(ALL, &list);
    let table: &[(Method, &str, &str, &[&str])] = &[
        (Post, "/u/me", "1", &["me"]),
        (Put, "/u/me", "2", &["u"]),
        (Get, "/u/me/c", "3", &["u", "me"]),
        (Get, "/u/me/d", "4", &[]),
        (Patch, "/u/me/d", "5", &["me", "d"]),
        (Patch, "/u/me", "405 GET, POST, PUT", &[]),
    ];
    for (method, path, want, params) in table {
        let (found, spans) = find(&routes, *method, path);
        assert_eq!(
            (found.as_str(), &spans[..]),
            (*want, &params.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()[..])
        );
    }
}

#[test]
fn options_of_the_router() {
    let auto = recorded(RouteOptions { auto_options: true, ..ALL });
    assert_eq!(find(&auto, Method::Options, "/users").0, "options GET, POST");
    assert_eq!(find(&auto, Method::Put, "/users").0, "405 GET, OPTIONS, POST");
    assert_eq!(find(&auto, Method::Options, "/none").0, "NotFound");
    let no_405 = recorded(RouteOptions { method_not_allowed: false, ..ALL });
    assert_eq!(find(&no_405, Method::Put, "/users").0, "NotFound");
    let extra = recorded(RouteOptions { debug: true, echo: true, ..ALL });
    assert_eq!(find(&extra, Method::Trace, "/__debug/a/b").0, "Debug");
    assert_eq!(find(&extra, Method::Post, "/__echo/").0, "Echo");
    assert_eq!(find(&extra, Method::Get, "/__debug").0, "NotFound");
    assert_eq!(extra.redirect(Method::Get, b"/__debug", None).as_deref(), Some(&b"/__debug/"[..]));
}

#[test]
fn head_goes_where_get_goes() {
    use Method::{Get, Head, Options, Post, Put, Query};
    let list = [
        (Get, "/a"),
        (Post, "/a"),
        (Get, "/u/{id}"),
        (Head, "/u/{id}"),
        (Post, "/p"),
        (Query, "/q"),
        (Head, "/h/{x}"),
        (Get, "/h/y"),
    ];
    let mut routes = routes(RouteOptions { auto_options: true, ..ALL }, &list);
    assert_eq!(find(&routes, Head, "/a").0, "405 GET, OPTIONS, POST", "not by itself");
    assert_eq!(find(&routes, Head, "/h/y").0, "6");
    routes.derive_head();
    let table: &[(Method, &str, &str)] = &[
        (Head, "/a", "0"),
        (Get, "/a", "0"),
        (Head, "/u/5", "3"),
        (Get, "/u/5", "2"),
        (Head, "/h/y", "7"),
        (Head, "/h/z", "6"),
        (Head, "/__health", "Health"),
        (Head, "/p", "405 OPTIONS, POST"),
        (Query, "/q", "5"),
        (Put, "/a", "405 GET, HEAD, OPTIONS, POST"),
        (Options, "/a", "options GET, HEAD, POST"),
    ];
    for (method, path, want) in table {
        assert_eq!(find(&routes, *method, path).0, *want, "{method:?} {path}");
    }
    assert_eq!(routes.redirect(Head, b"/a/", None).as_deref(), Some(&b"/a"[..]));
}

#[test]
fn redirects_as_recorded() {
    use Method::{Connect, Delete, Get, Post};
    let routes = recorded(ALL);
    let table: &[(Method, &str, Option<&str>, Option<&str>)] = &[
        (Get, "/users/", None, Some("/users")),
        (Get, "/users/", Some("q=1"), Some("/users?q=1")),
        (Get, "/users/", Some(""), Some("/users")),
        (Post, "/users/", None, Some("/users")),
        (Get, "/a/b", None, Some("/a/b/")),
        (Get, "/users/5/", None, Some("/users/5")),
        (Get, "/case/path", None, Some("/Case/Path")),
        (Get, "/CASE/path/", None, Some("/Case/Path")),
        (Get, "//users", None, Some("/users")),
        (Get, "/users/../users", None, Some("/users")),
        (Get, "/USERS/A b?/posts/X", None, Some("/users/A%20b%3F/posts/X")),
        (Get, "/\u{fc}/X", None, Some("/%C3%9C/x")),
        (Get, "/__health/", None, Some("/__health")),
        (Get, "/users/5/posts", None, None),
        (Get, "/", None, None),
        (Get, "//", None, None),
        (Get, "//evil.example/..//", None, None),
        (Delete, "/users/", None, None),
        (Post, "/a/b", None, None),
        (Connect, "/a/b", None, None),
    ];
    for (method, path, query, want) in table {
        let got = routes.redirect(*method, path.as_bytes(), query.map(str::as_bytes));
        let got = got.map(|l| String::from_utf8(l).expect("encoded"));
        assert_eq!(got.as_deref(), *want, "{method:?} {path}");
    }
    assert_eq!([redirect_status(Get), redirect_status(Post)], [301, 307]);
}

#[test]
fn kept_slashes_are_part_of_their_segment() {
    let keep = recorded(RouteOptions { keep_slashes: true, ..ALL });
    assert_eq!(find(&keep, Method::Get, "/users/a\0b"), ("0".to_owned(), vec!["a\0b".to_owned()]));
    assert_eq!(find(&keep, Method::Get, "/users\0me").0, "NotFound");
    let moved = |path: &[u8]| {
        keep.redirect(Method::Get, path, None).map(|l| String::from_utf8_lossy(&l).into_owned())
    };
    assert_eq!(moved(b"/USERS/a\0b").as_deref(), Some("/users/a%2Fb"));
    assert_eq!(moved(b"/users/\0/").as_deref(), Some("/users/%2F"));
}

#[test]
fn redirects_can_be_switched_off() {
    let off = recorded(RouteOptions { redirect_trailing_slash: false, redirect_fixed_path: false, ..ALL });
    let slash_only = recorded(RouteOptions { redirect_fixed_path: false, ..ALL });
    for path in ["/users/", "/case/path", "//users"] {
        assert_eq!(off.redirect(Method::Get, path.as_bytes(), None), None, "{path}");
        let slash = slash_only.redirect(Method::Get, path.as_bytes(), None);
        assert_eq!(slash.is_some(), path == "/users/", "{path}");
    }
}

#[test]
fn equal_routes_are_refused_with_the_other_one() {
    let mut routes = recorded(ALL);
    let mut add =
        |method, path: &str| routes.add(method, &Pattern::parse(path, false).expect(path).segments, 99);
    assert_eq!(add(Method::Get, "/users"), Err(Some(3)));
    assert_eq!(add(Method::Get, "/users/{other}"), Err(Some(0)), "names do not tell routes apart");
    assert_eq!(add(Method::Get, "/users/{other}/y"), Ok(()));
    assert_eq!(add(Method::Put, "/users"), Ok(()));
    assert_eq!(add(Method::Trace, "/users"), Err(None));
    assert_eq!(routes.add(Method::Get, &[Segment::Literal(b"__health".to_vec())], 99), Err(None));
    assert_eq!(routes.add_health(&[Segment::Literal(b"users".to_vec())]), Err(3));
}

/// What the tree must equal: every route tried, literals weighed segment by segment.
fn slow_find(list: &[Pattern], path: &str) -> Option<usize> {
    let segments: Vec<&str> = path[1..].split('/').collect();
    let fits = |pattern: &Pattern| {
        pattern.segments.len() == segments.len()
            && pattern.segments.iter().zip(&segments).all(|(p, s)| match p {
                Segment::Literal(text) => text == s.as_bytes(),
                Segment::Param => !s.is_empty(),
            })
    };
    let rank = |pattern: &Pattern| pattern.segments.iter().map(|s| *s == Segment::Param).collect::<Vec<_>>();
    let matching = list.iter().enumerate().filter(|(_, p)| fits(p));
    matching.min_by_key(|(_, p)| rank(p)).map(|(index, _)| index)
}

proptest! {
    #[test]
    fn tree_equals_trying_every_route(
        paths in prop::collection::vec("(/(a|b|\\{p\\})){1,4}/?", 1..40),
        asked in prop::collection::vec("(/(a|b|c|)){1,5}", 1..40),
    ) {
        let mut tree = Routes::new(ALL);
        let mut list: Vec<Pattern> = Vec::new();
        for path in &paths {
            let pattern = Pattern::parse(path, false).expect("valid");
            if tree.add(Method::Get, &pattern.segments, list.len()).is_ok() {
                list.push(pattern);
            }
        }
        let mut params = ParamSpans::new();
        for path in &asked {
            let found = match tree.find(Method::Get, path.as_bytes(), &mut params) {
                Match::Endpoint(index) => Some(index),
                _ => None,
            };
            prop_assert_eq!(found, slow_find(&list, path), "{}", path);
            if let Some(index) = found {
                prop_assert_eq!(params.len(), list[index].params.len());
            } else if let Some(location) = tree.redirect(Method::Get, path.as_bytes(), None) {
                prop_assert!(location.starts_with(b"/") && !location.starts_with(b"//"));
                let follow = tree.find(Method::Get, &location, &mut params);
                prop_assert!(matches!(follow, Match::Endpoint(_)), "{} to nowhere", path);
            }
        }
    }
}
