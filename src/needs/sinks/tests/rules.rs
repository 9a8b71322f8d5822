//! One test for each rule that decides where a name is.

use super::build::{Lowering, one};
use super::sinks;
use crate::binary::StringEncoding as E;
use crate::catalogue::Catalogue;
use crate::flow::place::{At, Part, Place, Shape};
use crate::needs::sinks::{Render, Role, Sinks};
use wit_component::StringEncoding;

/// A catalogue of one sink of `test:one/i`.
fn catalogue(function: &str, rest: &str) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let text = format!(
        "[[interface]]\nid = 'test:one/i'\n[[interface.sink]]\nfunction = '{function}'\n\
         kind = 'thing'\n{rest}\n"
    );
    catalogue.extend("test.toml", &text).unwrap();
    catalogue
}

/// The sinks of a parameter of the function `f`.
fn found(items: &str, lowering: Lowering, encoding: StringEncoding, row: &str) -> Sinks {
    let function = match items.contains("resource r {") {
        true => "[method]r.f",
        false => "f",
    };
    sinks(&one(items, lowering, encoding), &catalogue(function, row))
}

fn places(sinks: &Sinks) -> Vec<(Place, Render)> {
    assert!(sinks.mismatches.is_empty(), "{}", sinks.mismatches[0]);
    let places = sinks.uses.iter().map(|sink| match &sink.role {
        Role::Key(key) | Role::Prefix(key) => (key.place.clone(), key.render),
        other => unreachable!("{other:?}"),
    });
    places.collect()
}

/// The only place of a parameter, lowered synchronously, in UTF-8.
fn place(items: &str, parameter: &str) -> Place {
    let row = format!("parameter = '{parameter}'");
    let sinks = found(items, Lowering::Sync, StringEncoding::UTF8, &row);
    let mut places = places(&sinks);
    assert_eq!(places.len(), 1);
    places.remove(0).0
}

fn reason(items: &str, row: &str) -> String {
    let sinks = found(items, Lowering::Sync, StringEncoding::UTF8, row);
    assert!(sinks.uses.is_empty());
    assert_eq!(sinks.mismatches.len(), 1);
    sinks.mismatches[0].to_string()
}

fn text() -> Shape {
    Shape::Text(E::Utf8)
}

fn at(param: usize, shape: Shape) -> Place {
    let at = At::Param(param);
    Place { at, shape }
}

fn some(payload: u32, inner: Shape) -> Shape {
    Shape::Case {
        discriminant: 1,
        size: 1,
        payload,
        inner: Box::new(inner),
    }
}

#[test]
fn a_string_is_address_and_length_in_the_encoding_of_the_options() {
    for (encoding, ours) in [
        (StringEncoding::UTF8, E::Utf8),
        (StringEncoding::UTF16, E::Utf16),
        (StringEncoding::CompactUTF16, E::Latin1Utf16),
    ] {
        let items = "f: func(before: u64, key: string);";
        let sinks = found(items, Lowering::Sync, encoding, "parameter = 'key'");
        let expected = (at(1, Shape::Text(ours)), Render::Text);
        assert_eq!(places(&sinks), [expected]);
    }
}

#[test]
fn self_is_the_first_parameter_of_a_method() {
    let items = "resource r { f: func(key: string); }";
    assert_eq!(place(items, "key"), at(1, text()));
    assert_eq!(place(items, "#1"), at(1, text()));
}

#[test]
fn an_option_is_a_case_without_a_step() {
    let items = "f: func(a: u8, key: option<string>);";
    assert_eq!(place(items, "key"), at(1, some(4, text())));
    let nested = "f: func(key: option<option<string>>);";
    assert_eq!(place(nested, "key"), at(0, some(4, some(4, text()))));
}

#[test]
fn fields_and_items_are_moved() {
    let items = "record m { a: u8, s: string, t: option<string> } f: func(x: string, msg: m);";
    assert_eq!(place(items, "msg.s"), at(3, text()));
    assert_eq!(place(items, "msg.t"), at(5, some(4, text())));
    let tuple = "f: func(t: tuple<u8, tuple<u64, string>>);";
    assert_eq!(place(tuple, "t.1.1"), at(2, text()));
}

#[test]
fn behind_an_option_a_later_field_is_a_part() {
    let items = "record m { a: u8, s: string } f: func(msg: option<m>);";
    let part = Part {
        flat: 1,
        offset: 4,
        shape: text(),
    };
    let inner = Shape::Parts(vec![part]);
    assert_eq!(place(items, "msg.s"), at(0, some(4, inner)));
    let first = "record m { s: string, a: u8 } f: func(msg: option<m>);";
    assert_eq!(place(first, "msg.s"), at(0, some(4, text())));
}

#[test]
fn elements_of_a_list_are_in_memory() {
    let elements = |stride, offset, inner| Shape::Elements {
        stride,
        offset,
        inner: Box::new(inner),
    };
    let items = "f: func(n: u8, items: list<tuple<u64, string>>);";
    assert_eq!(place(items, "items[].1"), at(1, elements(16, 8, text())));
    let list = "f: func(items: list<option<string>>);";
    assert_eq!(
        place(list, "items[]"),
        at(0, elements(12, 0, some(4, text())))
    );
    let deep = "f: func(items: list<list<string>>);";
    let inner = elements(8, 0, text());
    assert_eq!(place(deep, "items[][]"), at(0, elements(8, 0, inner)));
}

#[test]
fn a_list_of_fixed_length_is_one_place_for_each_element() {
    let items = "f: func(keys: list<tuple<u8, string>, 3>);";
    let row = "parameter = 'keys[].1'";
    let sinks = found(items, Lowering::Sync, StringEncoding::UTF8, row);
    let params: Vec<_> = places(&sinks).into_iter().map(|(p, _)| p.at).collect();
    assert_eq!(params, [At::Param(1), At::Param(4), At::Param(7)]);
    let many = "f: func(keys: list<string, 65>);";
    assert!(reason(many, "parameter = 'keys[]'").contains("too many values"));
}

#[test]
fn a_case_of_a_variant_takes_a_step() {
    let items = "variant v { a, b(string), c(u64) } f: func(key: v);";
    let case = Shape::Case {
        discriminant: 1,
        size: 1,
        payload: 8,
        inner: Box::new(text()),
    };
    assert_eq!(place(items, "key.b"), at(0, case));
    let result = "f: func(key: result<u8, string>);";
    assert_eq!(place(result, "key.err"), at(0, some(4, text())));
}

#[test]
fn many_parameters_go_through_a_block() {
    let block = |offset| At::Block { param: 0, offset };
    // Sync: 17 core parameters.
    let params: String = (0..7).map(|i| format!("p{i}: u64, ")).collect();
    let flat = format!("f: func({params} a: string, b: string, c: string, d: u8);");
    assert_eq!(place(&flat, "c").at, At::Param(11));
    let wide = format!("f: func({params} a: string, b: string, c: string, d: string, e: string);");
    assert_eq!(place(&wide, "a").at, block(56));
    assert_eq!(place(&wide, "e").at, block(88));
    // Async: 5 core parameters.
    let is_at = |items: &str| {
        let row = "parameter = 'key'";
        let sinks = found(items, Lowering::Async, StringEncoding::UTF8, row);
        places(&sinks).remove(0).0.at
    };
    assert_eq!(
        is_at("f: async func(a: u8, b: u8, key: string) -> string;"),
        At::Param(2)
    );
    assert_eq!(
        is_at("f: async func(a: u8, b: u64, key: string);"),
        At::Param(2)
    );
    assert_eq!(
        is_at("f: async func(a: u8, b: u64, c: u8, key: string);"),
        block(20)
    );
    // An async function may be lowered synchronously.
    let sync = "f: async func(a: u8, b: u64, c: u8, key: string);";
    assert_eq!(place(sync, "key").at, At::Param(3));
}

#[test]
fn integers_are_names_too() {
    assert_eq!(
        place("f: func(a: string, port: u16);", "port"),
        at(2, Shape::Number { size: 2 })
    );
}

#[test]
fn a_socket_address_has_a_place_for_each_family() {
    let items = "
        record v4 { port: u16, address: tuple<u8, u8, u8, u8> }
        record v6 {
            port: u16, flow-info: u32,
            address: tuple<u16, u16, u16, u16, u16, u16, u16, u16>, scope-id: u32,
        }
        variant ip { ipv4(v4), ipv6(v6) }
        f: func(a: u8, addr: ip);";
    let row = "parameter = 'addr'\nformat = 'socket-address'";
    let sinks = found(items, Lowering::Sync, StringEncoding::UTF8, row);
    let places = places(&sinks);
    let parts = |place: &Place| match &place.shape {
        Shape::Case { payload, inner, .. } => match &**inner {
            Shape::Parts(parts) => {
                let parts = parts.iter().map(|p| (p.flat, p.offset));
                (*payload, parts.collect::<Vec<_>>())
            }
            other => unreachable!("{other:?}"),
        },
        other => unreachable!("{other:?}"),
    };
    assert_eq!(places.len(), 2);
    assert_eq!(places[0].1, Render::Ipv4);
    let v4 = vec![(1, 2), (2, 3), (3, 4), (4, 5), (0, 0)];
    assert_eq!(parts(&places[0].0), (4, v4));
    assert_eq!(places[1].1, Render::Ipv6);
    let (payload, v6) = parts(&places[1].0);
    assert_eq!((payload, v6[0], v6[7], v6[8]), (4, (2, 8), (9, 22), (0, 0)));
    assert!(
        reason(
            "f: func(a: u8);",
            "parameter = 'a'\nformat = 'socket-address'"
        )
        .ends_with("`u8` is no socket address")
    );
}

#[test]
fn numbers_and_urls_become_names() {
    assert_eq!(
        Render::Ipv4.numbers(&[127, 0, 0, 1, 8080]).unwrap(),
        "127.0.0.1:8080"
    );
    assert_eq!(
        Render::Ipv6.numbers(&[0, 0, 0, 0, 0, 0, 0, 1, 80]).unwrap(),
        "[::1]:80"
    );
    assert_eq!(Render::Ipv4.numbers(&[300, 0, 0, 1, 8080]), None);
    assert_eq!(Render::Ipv4.numbers(&[0, 0, 1, 8080]), None);
    assert_eq!(Render::Ipv4.numbers(&[]), None);
    assert_eq!(Render::Number.numbers(&[42]).unwrap(), "42");
    let url = "postgres://me:pass@db.example.com:5432/shop?ssl=1";
    assert_eq!(Render::Url.text(url), "db.example.com:5432");
    assert_eq!(Render::Url.text("localhost:6379"), "localhost:6379");
    assert_eq!(Render::Text.text(url), url);
}

#[test]
fn a_path_that_does_not_fit_is_said() {
    let items = "record m { s: string } f: func(msg: m, l: list<string>, b: list<u8>, x: f32);";
    let of = |path: &str| reason(items, &format!("parameter = '{path}'"));
    assert!(of("key").ends_with("the parameters are `msg`, `l`, `b`, `x`"));
    assert!(of("#4").ends_with("the parameters are `msg`, `l`, `b`, `x`"));
    assert!(of("msg.t").ends_with("`.t` is not in `record { s: string }`"));
    assert!(of("msg").ends_with("`record { s: string }` is neither a string nor an integer"));
    assert!(of("l").contains("`list<string>` is neither"));
    assert!(of("l.0").ends_with("`.0` is not in `list<string>`"));
    assert!(of("l[].x").ends_with("`.x` is not in `string`"));
    assert!(of("x").contains("`f32` is neither"));
    assert!(
        of("msg.s[]")
            .starts_with("`msg.s[]` of `f` in `test:one/i@1.0.0`, as test.toml:3 describes it: ")
    );
}

#[test]
fn a_source_must_give_pairs() {
    let mut catalogue = Catalogue::default();
    let text = "[[interface]]\nid = 'test:one/i'\n[[interface.source]]\nfunction = 'f'\n\
                kind = 'thing'\nlayout = 'pairs'\n";
    catalogue.extend("test.toml", text).unwrap();
    let of = |items: &str| {
        let bytes = one(items, Lowering::Sync, StringEncoding::UTF16);
        sinks(&bytes, &catalogue)
    };
    let good = of("f: func(a: u8) -> list<tuple<string, string>>;");
    assert_eq!(good.sources.len(), 1);
    for bad in [
        "f: func() -> list<string>;",
        "f: func();",
        "f: func() -> string;",
    ] {
        let sinks = of(bad);
        assert_eq!((sinks.sources.len(), sinks.mismatches.len()), (0, 1));
    }
}
