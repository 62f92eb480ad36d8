//! Who may do what, as a table that a person can read: `tests/golden/policy_table.txt`.

use std::fmt::Write;
use std::{env, fs};

use tep::domain::{DataClass, Destination, Locality, NoticeData, PlantId, Reach, Severity};
use tep::security::{Action, Authority, Resource, Role};

use super::cases::somebody;

const PATH: &str = "tests/golden/policy_table.txt";

const COLUMNS: [Role; 5] = [Role::Viewer, Role::Operator, Role::Engineer, Role::Maintenance, Role::Administrator];

fn resources() -> Vec<(&'static str, Resource)> {
    let plant = PlantId::from("tennessee-eastman");
    let alarm = |severity| Resource::Alarm {
        plant: PlantId::from("tennessee-eastman"),
        unit: Some("reactor".into()),
        alarm: "XMEAS_7/HIGH".into(),
        severity,
    };
    let egress = |granted| Resource::Egress {
        provider: "claude".into(),
        locality: Locality::Cloud,
        class: DataClass::Process,
        granted,
    };
    vec![
        ("plant", Resource::Plant(plant.clone())),
        ("unit", Resource::Unit { plant: plant.clone(), unit: "reactor".into() }),
        ("low alarm", alarm(Severity::Low)),
        ("critical alarm", alarm(Severity::Critical)),
        ("detector", Resource::Detector { plant, detector: "pca".into() }),
        ("what it may see", egress(true)),
        ("what it may not", egress(false)),
        ("system", Resource::System),
        ("own account", Resource::User("somebody".into())),
        ("other account", Resource::User("somebody-else".into())),
    ]
}

/// Every action on every kind of thing that the schema lets it be asked of.
fn table() -> String {
    let authority = Authority::load(None).unwrap();
    let mut text = format!("{:<24}{:<16}", "action", "on");
    COLUMNS.iter().for_each(|role| write!(text, "{:<14}", role.as_str()).unwrap());
    for action in Action::ALL {
        for (name, resource) in resources().iter().filter(|(_, resource)| authority.is_about(action, resource)) {
            write!(text, "\n{:<24}{name:<16}", action.as_str()).unwrap();
            for role in COLUMNS {
                let may = authority.decide(&somebody("somebody", role), action, resource).is_allowed();
                write!(text, "{:<14}", if may { "yes" } else { "-" }).unwrap();
            }
        }
    }
    for reach in [Reach::Loopback, Reach::Private, Reach::Public] {
        for data in [NoticeData::Summary, NoticeData::Values] {
            let (kind, host) = ("webhook".into(), "host.example".into());
            let to = Destination { channel: "hook".into(), kind, host, reach, data };
            let may = if authority.may_send(&to).is_allowed() { "yes" } else { "-" };
            write!(text, "\nnotification:send       {:<16}{may} (the notifier, {})", reach.word(), data.word())
                .unwrap();
        }
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_golden_policy_table_is_what_the_policies_say() {
    let now = table();
    if env::var_os("TEP_BLESS").is_some() {
        fs::create_dir_all("tests/golden").unwrap();
        fs::write(PATH, &now).unwrap();
    }
    let golden = fs::read_to_string(PATH).unwrap_or_default();
    assert_eq!(now, golden, "the policies decide otherwise than {PATH}; if that is wanted, run `make golden`");
}

#[test]
fn every_action_is_in_the_golden_policy_table() {
    let table = table();
    for action in Action::ALL {
        assert!(table.lines().any(|line| line.starts_with(action.as_str())), "{action}");
    }
}
