//! Names that try to become markup, code or invisible.

use super::*;

const NASTY: &str = "</script><script>alert(1)</script>\"'`\\\n\r\t\u{0}\u{1b}[2J\u{202e}\u{2066}\
    \u{200b}\u{feff}\u{2028}\u{ffff}]]><!--&quot;&#34;#quot;%%{init}|a;b{c}[d](e)</style>";

fn nasty() -> Picture {
    let text = || NASTY.to_owned();
    let a_box = |id: String, parent: Option<String>| PictureBox {
        id: BoxId(id),
        label: text(),
        sublabel: text(),
        parent: parent.map(BoxId),
        kind: BoxKind::Adapter,
        details: vec![Detail {
            heading: text(),
            items: vec![text()],
        }],
    };
    let inner = format!("{NASTY}/0");
    let port = |used| Port {
        label: text(),
        detail: vec![text()],
        used,
    };
    let link = |from, to, label: &str| {
        let detail = vec![text()];
        Link {
            from,
            to,
            label: label.to_owned(),
            detail,
            kind: LinkKind::Unsatisfied,
        }
    };
    Picture {
        title: text(),
        subtitle: text(),
        boxes: vec![
            a_box(text(), None),
            a_box(inner.clone(), Some(text())),
            a_box("other".to_owned(), None),
        ],
        links: vec![
            link(End::Export(0), End::Box(BoxId(inner.clone())), NASTY),
            link(End::Box(BoxId(inner)), End::Import(0), "end"),
            link(End::Box("other".into()), End::Box(BoxId(text())), NASTY),
        ],
        imports: vec![port(true), port(false)],
        exports: vec![port(true)],
    }
}

/// Characters that may stand in a drawing: nothing that hides, reorders or controls.
fn is_plain(c: char) -> bool {
    c == '\n' || text::clean(&c.to_string()) == c.to_string()
}

#[test]
fn no_output_holds_hidden_or_control_characters() {
    for format in [Format::Svg, Format::Dot, Format::Mermaid, Format::Html] {
        let drawn = render(&nasty(), format);
        let odd: Vec<char> = drawn.chars().filter(|&c| !is_plain(c)).collect();
        assert!(odd.is_empty(), "{format:?}: {odd:?}");
    }
}

#[test]
fn svg_stays_markup_of_ours() {
    let drawn = svg(&nasty());
    for tag in ["<script", "</script", "<!--", "]]>"] {
        assert!(!drawn.contains(tag), "{tag}");
    }
    assert_eq!(drawn.matches("</style>").count(), 1);
    // In text and attributes there is no bare ampersand or quote: every `&` starts one of the
    // entities that the escape writes.
    for (at, _) in drawn.match_indices('&') {
        let rest = &drawn[at..];
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(
            known.iter().any(|entity| rest.starts_with(entity)),
            "{:.20}",
            rest
        );
    }
}

#[test]
fn the_page_has_two_scripts_and_whole_data() {
    let page = html(&nasty());
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<!--"));
    let data = page
        .split_once("id=\"data\">")
        .and_then(|(_, rest)| rest.split_once("</script>"))
        .map(|(data, _)| data)
        .unwrap_or_default();
    assert!(!data.contains('<'));
    let parsed: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
    assert_eq!(parsed["box"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        parsed["box"][0]["label"].as_str(),
        Some(text::clean(NASTY).as_str())
    );
    assert!(page.contains("default-src 'none'"));
    assert!(
        !page
            .replace("http://www.w3.org/2000/svg", "")
            .contains("://")
    );
}

#[test]
fn dot_strings_stay_closed() {
    for line in dot(&nasty()).lines() {
        // Escapes removed, quotes must pair up on every line.
        let bare = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(bare.matches('"').count() % 2, 0, "{line}");
        assert!(!bare.replace("&amp;", "").contains('&'), "{line}");
    }
}

#[test]
fn mermaid_strings_stay_closed() {
    let drawn = mermaid(&nasty());
    for line in drawn.lines().skip(1) {
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        let quoted = line.split('"').skip(1).step_by(2);
        for text in quoted.map(|text| text.replace("<br>", "")) {
            let calm = |c: char| c.is_alphanumeric() || " -.:/@+,…#;".contains(c);
            assert!(text.chars().all(calm), "{text}");
        }
    }
    assert!(!drawn.lines().any(|line| line.starts_with("%%{")));
}

#[test]
fn long_text_is_cut_for_the_eye_and_bounded_in_the_data() {
    let long = "x".repeat(1_000_000);
    let mut picture = nasty();
    picture.boxes[0].label = long.clone();
    picture.links[0].label = long.clone();
    picture.imports[0].label = long;
    for format in [Format::Svg, Format::Dot, Format::Mermaid, Format::Html] {
        assert!(render(&picture, format).len() < 200_000, "{format:?}");
    }
    let drawn = svg(&picture);
    assert!(drawn.contains("more characters)"));
}

#[test]
fn text_is_measured_shortened_and_escaped() {
    assert_eq!(text::clean("a\u{202e}b\n\0"), "a\\u{202e}b\\n\\u{0}");
    assert_eq!(text::shorten("acme:shop/orders@0.1.0", 11), "acme:…0.1.0");
    assert_eq!(text::shorten("short", 11), "short");
    assert!(text::cells(&text::shorten("漢字かな交じり文の長い名前", 9)) <= 9);
    assert_eq!(
        text::xml("<a b=\"c\">&'"),
        "&lt;a b=&quot;c&quot;&gt;&amp;&#39;"
    );
    assert_eq!(
        text::json_for_script("\"</script>&\""),
        "\"\\u003c/script\\u003e\\u0026\""
    );
    let numbers = [0.0, -0.04, 1.0, 1.25, -3.21].map(text::num);
    assert_eq!(numbers, ["0", "0", "1", "1.3", "-3.2"]);
}
