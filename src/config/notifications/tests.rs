use figment::Figment;
use figment::providers::{Format, Toml};

use super::*;
use crate::config::Config;
use crate::domain::{ChannelKind, Recipient};

const WHOLE: &str = r#"
[notifications]
base_url = "https://tep.plant.example/"

[notifications.channels.hook]
kind = "webhook"
url = "http://127.0.0.1:9000/tep"
secret = "sesame"

[notifications.channels.mail]
kind = "email"
host = "mail.plant.example"
from = "TEP <tep@plant.example>"
username = "tep"
password = "open"

[notifications.channels.pager]
kind = "pagerduty"
routing_key = "0123"

[notifications.contacts.screen]
channel = "hook"
[notifications.contacts.olga]
channel = "mail"
address = "olga@plant.example"
[notifications.contacts.service]
channel = "pager"

[notifications.rosters.shift]
time_zone = "Europe/Berlin"
otherwise = ["service"]
shifts = [{ from = "06:00", to = "18:00", days = ["mon", "tue"], contacts = ["olga"] }]

[notifications.rosters.four]
time_zone = "+01:00"
cycle_start = "2026-11-23"
cycle_days = 4
otherwise = ["service"]
shifts = [{ from = "18:00", to = "24:00", days = [1, 4], contacts = ["olga"] }]

[notifications.chains.usual]
steps = [{ notify = ["shift", "screen"] }, { after_seconds = 600, notify = ["service"] }]

[notifications.routes.all]
severity = "medium"
chain = "usual"
units = ["reactor"]
quiet = { time_zone = "Europe/Berlin", from = "22:00", to = "06:00", below = "high" }
"#;

fn read(text: &str) -> Result<Config, String> {
    let config: Config = Figment::from(Toml::string(text)).extract().map_err(|e| e.to_string())?;
    config.validate().map_err(|e| e.to_string())?;
    Ok(config)
}

#[test]
fn what_is_written_becomes_a_plan() {
    let plan = read(WHOLE).unwrap().notifications.plan().unwrap();
    assert_eq!(plan.base_url.as_deref(), Some("https://tep.plant.example"));
    let places: Vec<&str> = plan.channels.values().map(|channel| channel.place.as_str()).collect();
    assert_eq!(places, ["127.0.0.1:9000", "mail.plant.example:587", "events.pagerduty.com:443"]);
    assert_eq!(plan.channels[&"pager".into()].kind, ChannelKind::PagerDuty);
    let route = &plan.routes["all"];
    assert_eq!(route.steps[0].notify, [Recipient::Roster("shift".into()), Recipient::Contact("screen".into())]);
    assert_eq!(route.steps[1].after.as_secs(), 600);
    assert_eq!(plan.rosters["four"].shifts[0].days.iter().copied().collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn secrets_do_not_print_themselves() {
    let config = read(WHOLE).unwrap();
    let printed = format!("{:?} {}", config.notifications, serde_json::to_string(&config.notifications).unwrap());
    for secret in ["sesame", "open\"", "0123"] {
        assert!(!printed.contains(secret), "{secret} is in {printed}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_its_key() {
    #[track_caller]
    fn check(from: &str, to: &str, told: &str) {
        assert!(WHOLE.contains(from), "{from}");
        let error = read(&WHOLE.replacen(from, to, 1)).err().unwrap_or_else(|| panic!("{to} is taken"));
        assert!(error.contains(told), "{to}: {error}");
    }
    check("kind = \"webhook\"", "kind = \"pigeon\"", "pigeon");
    check("secret = \"sesame\"", "sekret = \"sesame\"", "sekret");
    check("secret = \"sesame\"", "routing_key = \"x\"", "notifications.channels.hook.routing_key");
    check("secret = \"sesame\"", "secret_file = \"/nowhere/at/all\"", "/nowhere/at/all");
    check("secret = \"sesame\"", "per_minute = 0", "notifications.channels.hook.per_minute");
    check("secret = \"sesame\"", "tells = [\"closed\"]", "notifications.channels.hook.tells");
    check("http://127.0.0.1:9000/tep", "ftp://127.0.0.1", "notifications.channels.hook.url");
    check("http://127.0.0.1:9000/tep", "http://a:b@127.0.0.1", "notifications.channels.hook.url");
    check("routing_key = \"0123\"", "", "notifications.channels.pager.routing_key_file");
    check("routing_key = \"0123\"", "routing_key = \"0\"\nurl = \"http://10.0.0.1/\"", "in the clear");
    check("password = \"open\"", "", "notifications.channels.mail.password_file");
    check("password = \"open\"", "password = \"open\"\nsecurity = \"none\"", "notifications.channels.mail.security");
    check("TEP <tep@plant.example>", "nobody", "notifications.channels.mail.from");
    check("channel = \"hook\"", "channel = \"hock\"", "notifications.contacts.screen.channel");
    check("channel = \"hook\"", "channel = \"hook\"\naddress = \"x\"", "notifications.contacts.screen.address");
    check("address = \"olga@plant.example\"", "", "notifications.contacts.olga.address");
    check("olga@plant.example", "olga@x\\nBcc: all@plant.example", "notifications.contacts.olga.address");
    check("Europe/Berlin", "Europe/Berln", "notifications.rosters.shift.time_zone");
    check("\"mon\"", "\"monday\"", "notifications.rosters.shift.shifts[0].days");
    check("days = [1, 4]", "days = [5]", "notifications.rosters.four.shifts[0].days");
    check("cycle_days = 4\n", "", "notifications.rosters.four.cycle_days");
    check("from = \"06:00\"", "from = \"6 o'clock\"", "notifications.rosters.shift.shifts[0].from");
    check("otherwise = [\"service\"]", "otherwise = []", "notifications.rosters.shift.otherwise");
    check("contacts = [\"olga\"]", "contacts = [\"oleg\"]", "oleg");
    check("after_seconds = 600", "after_seconds = 0", "notifications.chains.usual.steps[1].after_seconds");
    check("notify = [\"service\"]", "notify = [\"nobody\"]", "notifications.chains.usual.steps[1].notify");
    check("chain = \"usual\"", "chain = \"other\"", "notifications.routes.all.chain");
    check("severity = \"medium\"", "severity = \"awful\"", "awful");
    check("https://tep.plant.example/", "tep.plant.example", "notifications.base_url");
    check("rosters.four]", "rosters.olga]", "notifications.rosters.olga");
}

#[test]
fn every_channel_has_an_alarm_and_so_has_the_notifier() {
    let alarms = read(WHOLE).unwrap().notifications.alarms();
    let ids: Vec<&str> = alarms.iter().map(|alarm| alarm.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "SYSTEM/NOTIFICATION_FAILING/hook",
            "SYSTEM/NOTIFICATION_FAILING/mail",
            "SYSTEM/NOTIFICATION_FAILING/pager",
            NOTIFIER_DEGRADED
        ]
    );
    assert!(Config::default().notifications.alarms().is_empty());
}
