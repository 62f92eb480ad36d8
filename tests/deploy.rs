//! What an administrator copies from `deploy/` is true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tep::config::{Config, LlmConfig, PlantConfig, SourceConfig};

/// The plant of the example.
const ONE: &str = "tennessee-eastman";

fn deploy(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// `server.port` and so on, for every key that a configuration can have.
fn keys(prefix: &str, value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            keys(&if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") }, value, into);
        }),
        _ => {
            into.insert(prefix.to_owned());
        }
    }
}

/// The keys of the example, whether or not they are commented out: `#port = 8800` is one, `# A sentence.` is none.
fn keys_of_the_example(text: &str) -> BTreeSet<String> {
    let mut section = "";
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if let Some(name) = line.trim_start_matches('#').strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = name;
        } else if let Some((key, _)) = line.trim_start_matches('#').split_once(" = ")
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            found.insert(format!("{section}.{key}"));
        }
    }
    found
}

#[test]
fn the_example_configuration_names_every_key_and_no_other() {
    let replay = SourceConfig::Replay { file: "some.csv".into(), speed: 1.0, period_seconds: 180.0 };
    let mut want = BTreeSet::new();
    for plant in [PlantConfig::default(), PlantConfig { source: replay, ..PlantConfig::default() }] {
        let model = toml::from_str("kind = 'gemini'\nmodel = 'm'").expect("a provider");
        let llm = LlmConfig { providers: BTreeMap::from([("control-room".into(), model)]), ..LlmConfig::default() };
        let config = Config { plants: BTreeMap::from([(ONE.into(), plant)]), llm, ..Config::default() };
        keys("", &serde_json::to_value(config).expect("a configuration that serialises"), &mut want);
    }
    assert_eq!(keys_of_the_example(&deploy("tep.toml")), want);
}

#[test]
fn the_defaults_in_the_example_configuration_are_the_defaults() {
    // Every commented default is put in force, but for the examples of what has none, the second source and the model.
    let text: String = deploy("tep.toml")
        .lines()
        .take_while(|line| !line.contains("… or the replay"))
        .chain(deploy("tep.toml").lines().skip_while(|line| *line != "[security]"))
        .take_while(|line| !line.contains("[llm.providers."))
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .filter(|line| {
            let example = [
                "metrics_token",
                "database_url",
                "history_dir",
                "file",
                "name",
                "policies_dir",
                "base_url",
                "url",
                "token",
            ];
            let known = ["folder", "encoder", "embeddings", "qdrant"];
            let node = ["node", "advertise", "cookie", "cookie_file", "certificate", "private_key", "authority"];
            !example.iter().chain(&node).chain(&known).any(|key| line.starts_with(&format!("{key} =")))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let read: Config = toml::from_str(&text).unwrap_or_else(|e| panic!("deploy/tep.toml: {e}"));
    let as_json = |config: &Config| serde_json::to_value(config).expect("a configuration that serialises");
    let plants = BTreeMap::from([(ONE.into(), PlantConfig::default())]);
    assert_eq!(as_json(&read), as_json(&Config { plants, ..Config::default() }));
}

#[test]
fn the_three_nodes_of_the_example_are_one_cluster() {
    let nodes = [1, 2, 3].map(|n| deploy(&format!("cluster/tep-{n}.toml")));
    let read = nodes.each_ref().map(|text| toml::from_str::<Config>(text).unwrap_or_else(|e| panic!("{e}")));
    for (n, config) in (1..).zip(&read) {
        config.validate().unwrap_or_else(|e| panic!("tep-{n}.toml: {e}"));
        assert_eq!(config.cluster.node, Some(format!("tep-{n}")));
        assert!(config.cluster.peers.contains(&config.cluster.listen.to_string()), "tep-{n} is among the peers of all");
    }
    let alike = |text: &String| -> Vec<String> {
        let own = ["# Node", "node =", "listen ="];
        text.lines().filter(|line| !own.iter().any(|start| line.starts_with(start))).map(str::to_owned).collect()
    };
    assert_eq!(alike(&nodes[0]), alike(&nodes[1]));
    assert_eq!(alike(&nodes[0]), alike(&nodes[2]));
}
