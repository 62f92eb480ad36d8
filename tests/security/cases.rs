//! Runs the stories of `policies/cases`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tep::domain::{Destination, WallTime};
use tep::security::{Authority, Decision, Principal, Resource, Role, SessionId, UserId};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    who: Who,
    action: String,
    on: serde_json::Value,
    /// What somebody who is refused is told.
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Who {
    Person {
        name: String,
        role: Role,
    },
    /// A part of TEP.
    Service(String),
}

/// Somebody with this role.
pub fn somebody(name: &str, role: Role) -> Principal {
    let at = WallTime::from_micros(1_800_000_000_000_000);
    Principal { user: UserId::new(at), name: name.into(), role, session: SessionId::new(at), expires_at: at }
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new("policies/cases").join(folder);
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn decide(path: &Path) -> (Decision, Option<String>) {
    let text = fs::read_to_string(path).unwrap();
    let case: Case = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let authority = Authority::load(None).unwrap();
    let decision = match &case.who {
        Who::Person { name, role } => {
            let on: Resource = serde_json::from_value(case.on).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            authority.decide(&somebody(name, *role), case.action.parse().unwrap(), &on)
        }
        Who::Service(name) => {
            assert_eq!((name.as_str(), case.action.as_str()), ("notifier", "notification:send"), "{}", path.display());
            let to: Destination = serde_json::from_value(case.on).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            authority.may_send(&to)
        }
    };
    (decision, case.reason)
}

#[test]
fn every_story_of_somebody_who_may_ends_well() {
    let cases = cases("ALLOW");
    assert!(cases.len() >= 8);
    for path in cases {
        assert_eq!(decide(&path), (Decision::Allow, None), "{}", path.display());
    }
}

#[test]
fn everybody_who_is_refused_is_told_why() {
    let cases = cases("DENY");
    assert!(cases.len() >= 8);
    for path in cases {
        let (decision, reason) = decide(&path);
        let reason = reason.unwrap_or_else(|| panic!("{} tells no reason", path.display()));
        assert_eq!(decision, Decision::Deny { reason }, "{}", path.display());
    }
}

/// A site's own policies: refusals speak of them and not of ours.
#[test]
fn policies_of_a_directory_replace_the_built_in_ones() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("site.cedar"),
        r#"permit (principal in Role::"maintenance", action == Action::"alarm:acknowledge", resource);
           permit (principal in Role::"engineer", action == Action::"alarm:acknowledge", resource);
           @reason("critical alarms are acknowledged in the control room")
           forbid (principal, action == Action::"alarm:acknowledge", resource) when { resource.severity == "critical" };"#,
    )
    .unwrap();
    let authority = Authority::load(Some(directory.path())).unwrap();
    let told = |role, severity: &str| {
        let on: Resource = serde_json::from_value(serde_json::json!({
            "alarm": { "plant": "p", "unit": "reactor", "alarm": "XMEAS_7/HIGH", "severity": severity }
        }))
        .unwrap();
        let decision = authority.decide(&somebody("somebody", role), "alarm:acknowledge".parse().unwrap(), &on);
        decision.reason().map(str::to_owned)
    };
    assert_eq!(told(Role::Administrator, "low"), None);
    assert_eq!(told(Role::Maintenance, "low"), None);
    assert_eq!(told(Role::Operator, "low").unwrap(), "needs the role maintenance or engineer");
    assert_eq!(told(Role::Engineer, "critical").unwrap(), "critical alarms are acknowledged in the control room");
}
