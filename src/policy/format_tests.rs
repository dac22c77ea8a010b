//! The layout, piece by piece, and that it loses nothing and settles at once.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn becomes(before: &str, after: &str) {
    let laid_out = format(before).unwrap();
    assert_eq!(laid_out, after);
    assert_eq!(format(&laid_out).unwrap(), laid_out, "twice");
}

#[test]
fn blanks_and_line_ends_are_those_of_the_layout() {
    becomes("a=1  \r\n\tb   =   2\t\r\n\r\n\r\n\r\nc = 3", "a = 1\nb = 2\n\nc = 3\n");
    becomes("\u{feff}\n\n  a = 1 # why  \n\n", "a = 1 # why\n");
    becomes("a = 1\t\t# why", "a = 1 # why\n");
    becomes("", "");
    becomes(" \n\n", "");
    becomes("\n # only \n\n\n# this\n\n", "# only\n\n# this\n");
}

#[test]
fn one_blank_line_stands_before_each_table_and_the_comment_above_it() {
    becomes("[a]\nx = 1\n[b]\n[[ c ]]\n\n\n\n[[c]]", "[a]\nx = 1\n\n[b]\n\n[[c]]\n\n[[c]]\n");
    becomes("# the file\n[a]\n# of b\n[b]", "# the file\n[a]\n\n# of b\n[b]\n");
    becomes("[a]\n# of a\n\n# of b\n# too\n[b]", "[a]\n# of a\n\n# of b\n# too\n[b]\n");
    becomes("[a]\n# of a\n\n\n[b]", "[a]\n# of a\n\n[b]\n");
    becomes("[a] # a\n[b]# b\nx=1", "[a] # a\n\n[b] # b\nx = 1\n");
}

#[test]
fn keys_stay_in_their_order_and_as_they_are_quoted() {
    becomes("b . 'x y'=1\na=2\nb.\"z\" =3\n", "b.'x y' = 1\na = 2\nb.\"z\" = 3\n");
    becomes("[ a . \"]\" ]\n[ a ]\nx.y=1\n[ 'a'.x.z ]", "[a.\"]\"]\n\n[a]\nx.y = 1\n\n['a'.x.z]\n");
    becomes("x = { b.c=1,a = 2, b . d=3 }", "x = { b.c = 1, a = 2, b.d = 3 }\n");
}

#[test]
fn an_array_is_on_one_line_where_it_fits_and_else_one_element_a_line() {
    becomes("a=[\n 'x' ,\n 'y',\n]", "a = ['x', 'y']\n");
    becomes("a = [ ]\nb = {}\nc = [\n{a=1}, [ 1 ]]", "a = []\nb = {}\nc = [{ a = 1 }, [1]]\n");
    let fits = format!("a = [\"{}\"]\n", "x".repeat(100 - 8));
    becomes(&fits, &fits);
    let long = "x".repeat(100 - 7);
    becomes(&format!("a = [\"{long}\"]"), &format!("a = [\n    \"{long}\",\n]\n"));
    // A comment behind does not count.
    becomes(&format!("{} # why", fits.trim_end()), &format!("{} # why\n", fits.trim_end()));
    becomes(
        &format!("a = {{ b = [\"{long}\", 1], c = 2 }}"),
        &format!("a = {{ b = [\n    \"{long}\",\n    1,\n], c = 2 }}\n"),
    );
}

#[test]
fn comments_inside_arrays_stay_where_they_are() {
    becomes(
        "a = [ # first\n\n# of x\n'x', # x\n\n\n  # of y\n'y' # y\n, # last\n\n # end\n\n]\n",
        "a = [ # first\n    # of x\n    'x', # x\n\n    # of y\n    'y', # y\n    # last\n\n    # end\n]\n",
    );
    becomes("a = [\n# none\n]", "a = [\n    # none\n]\n");
    becomes("a = [[1, # one\n2]]", "a = [\n    [\n        1, # one\n        2,\n    ],\n]\n");
    becomes("a = { # t\nb = 1, # b\nc = [2]\n}", "a = { # t\n    b = 1, # b\n    c = [2],\n}\n");
}

#[test]
fn what_a_string_says_is_never_laid_out() {
    becomes("a = ' # = [ \t'\n", "a = ' # = [ \t'\n");
    becomes("a  = \"\"\"\n  x\n\n\n  y  \"\"\"", "a = \"\"\"\n  x\n\n\n  y  \"\"\"\n");
    becomes("a = [\"\"\"x\ny\"\"\", 1]", "a = [\n    \"\"\"x\ny\"\"\",\n    1,\n]\n");
    let text = "a = '''x\r\n  y'''\r\n";
    let said = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
    assert_eq!(said(&format(text).unwrap()), said(text));
}

#[test]
fn what_is_no_toml_has_no_layout() {
    for text in ["a", "a = ", "[a", "a = 1\na = 2", "[a]\n[a]", "a = [1", "a = \"\u{0}\"", "a = 1 b = 2"] {
        assert_eq!(format(text), Err(FormatError::Syntax), "{text:?}");
    }
}

#[test]
fn what_cannot_be_shown_to_mean_the_same_is_left_alone_and_told() {
    // A number that does not even equal itself.
    let file = |text: &str| SourceFile { name: "a.toml".into(), text: text.into() };
    let files = [file("a=nan"), file("a=1"), file("a = 1\n"), file("a="), file("[a]\nb = 1\nb = 2")];
    let layout = Layout::of(&files);
    let changed: Vec<_> = layout.changed.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!((changed, layout.refused), (vec!["a = 1\n"], 3));
    let codes: Vec<_> = layout.errors.iter().map(|error| (error.code, error.place.line)).collect();
    assert_eq!(codes, [("layout", 1), ("syntax", 1), ("duplicate", 3)]);
}

fn policy_texts() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in [
        "policies/agency",
        "policies/agency/tests",
        "policies/company",
        "policies/company/tests",
        "policies/regulated",
        "policies/regulated/tests",
    ] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(texts.len() > 10);
    texts
}

#[test]
fn the_example_policy_is_in_the_layout() {
    for text in policy_texts() {
        assert_eq!(format(&text).unwrap(), text);
    }
}

/// A document of all that TOML has, as untidy as may be. Some of it is no TOML.
fn documents() -> impl Strategy<Value = String> {
    let blank = || "[ \t]{0,3}";
    let between = || prop_oneof![3 => Just(String::new()), 1 => "([ \t]|\r?\n|# [a-z,\\[=é]{0,6} ?\n){0,4}"];
    let key = move || {
        let part = prop_oneof![4 => "[a-e]", 1 => "\"[a-e .#\\]]{0,3}\"", 1 => "'[a-e .=]{0,3}'"];
        proptest::collection::vec((blank(), part, blank()), 1..3).prop_map(|parts| {
            parts.into_iter().map(|(a, part, b)| format!("{a}{part}{b}")).collect::<Vec<_>>().join(".")
        })
    };
    let scalar = prop_oneof![
        "\"[a-z #\\[\\],=é]{0,12}\"",
        "'[a-z #\"]{0,30}'",
        "\"\"\"[a-z #]{0,5}(\r?\n)?[a-z ]{0,5}\"\"\"",
        "'''(\r?\n)?[a-z ]{0,5}(\n)?'''",
        "-?[1-9][0-9]{0,4}",
        Just("0x_F".to_owned()),
        Just("1.50".to_owned()),
        Just("true".to_owned()),
        Just("2026-11-21T18:05:00Z".to_owned()),
    ];
    let value = scalar.prop_recursive(3, 24, 6, move |inner| {
        let member = (between(), inner.clone(), between());
        let entry = (between(), key(), blank(), inner, between());
        prop_oneof![
            (proptest::collection::vec(member, 0..6), any::<bool>(), between()).prop_map(
                |(all, comma, end)| {
                    let all: Vec<_> = all.into_iter().map(|(a, value, b)| format!("{a}{value}{b}")).collect();
                    let comma = if comma && !all.is_empty() { "," } else { "" };
                    format!("[{}{comma}{end}]", all.join(","))
                }
            ),
            (proptest::collection::vec(entry, 0..4), between()).prop_map(|(all, end)| {
                let entry = |(a, key, b, value, c)| format!("{a}{key}={b}{value}{c}");
                format!("{{{}{end}}}", all.into_iter().map(entry).collect::<Vec<_>>().join(","))
            }),
        ]
    });
    let line = prop_oneof![
        4 => (key(), blank(), value).prop_map(|(key, blank, value)| format!("{key}={blank}{value}")),
        1 => key().prop_map(|key| format!("[{key}]")),
        1 => key().prop_map(|key| format!("[[{key}]]")),
        2 => blank().prop_map(|_| String::new()),
    ];
    let end = prop_oneof![2 => Just("\n"), 1 => Just("\r\n"), 1 => Just(" # why \n"), 1 => Just("\n\n\n")];
    proptest::collection::vec((blank(), line, end), 0..9)
        .prop_map(|all| all.into_iter().map(|(a, line, b)| format!("{a}{line}{b}")).collect())
}

/// Lines of the layout, whatever it was made of.
fn tidy(text: &str) -> bool {
    let strings = text.contains("\"\"\"") || text.contains("'''");
    let blank = |line: &str| line.ends_with([' ', '\t', '\r']);
    let ends =
        text.is_empty() || (text.ends_with('\n') && !text.ends_with("\n\n") && !text.starts_with('\n'));
    ends && (strings || !(text.contains("\n\n\n") || text.lines().any(blank)))
}

proptest! {
    #[test]
    fn a_layout_settles_at_once_and_says_the_same(text in documents()) {
        let Ok(before) = toml::from_str::<toml::Table>(&text) else {
            prop_assert_eq!(format(&text), Err(FormatError::Syntax));
            return Ok(());
        };
        let laid_out = format(&text);
        prop_assert!(laid_out.is_ok(), "{:?}", text);
        let laid_out = laid_out.unwrap();
        prop_assert_eq!(toml::from_str::<toml::Table>(&laid_out).unwrap(), before);
        prop_assert!(solid(&text).eq(solid(&laid_out)), "{:?}", laid_out);
        prop_assert!(tidy(&laid_out), "{:?}", laid_out);
        prop_assert_eq!(format(&laid_out).unwrap(), laid_out);
    }

    #[test]
    fn damage_to_the_example_is_laid_out_or_refused(
        file in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0usize..10,
        with in "(\\PC|[\\[\\]{}=.\"'#\n\r\t ,0-9]){0,8}",
    ) {
        let mut text = file.get(&policy_texts()).clone();
        let from = text.floor_char_boundary(from.index(text.len()));
        let to = text.floor_char_boundary(from + length);
        text.replace_range(from..to, &with);
        if let Ok(laid_out) = format(&text) {
            prop_assert_eq!(format(&laid_out), Ok(laid_out.clone()));
        }
    }
}
