//! The schema's text: committed, and the source of the web's types.

use std::{env, fs};

const PATH: &str = "tests/golden/schema.graphql";

#[test]
fn the_golden_schema_is_what_the_binary_serves() {
    let now = tep::graphql::sdl();
    if env::var_os("TEP_BLESS").is_some() {
        fs::create_dir_all("tests/golden").unwrap();
        fs::write(PATH, &now).unwrap();
    }
    let golden = fs::read_to_string(PATH).unwrap_or_default();
    assert_eq!(now, golden, "the schema is not that of {PATH}; if that is wanted, run `make golden`");
}
