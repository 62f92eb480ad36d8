use super::*;
use crate::domain::{
    ALARM_FLOOD, AlarmHandling, ConditionTest, ConsequenceSeverity, Consequences, DetectorMethod, Direction, LimitKind,
    Rationale, Reference, Severity, TagRole,
};

/// A plant small enough to read at a glance.
const SMALL: &str = r#"
id = "pump-house"
name = "Pump house"
scan_period_seconds = 1.0
stale_after_seconds = 10.0

[[units]]
id = "sump"
name = "Sump"
description = "Collects water."
guidance = "Look into the sump."

[[tags]]
id = "LEVEL"
name = "Level"
description = "Level of the sump"
unit_of_measure = "%"
unit = "sump"
kind = "level"
role = "measured"
range_low = 0.0
range_high = 100.0
normal = 50.0
resolution = 0.1

[[tags.limits]]
kind = "high-high"
value = 95.0
severity = "high"
cause = "The pump has failed."
consequence = "The sump overflows."
guidance = "Start the second pump."

[[tags.limits]]
kind = "high"
value = 80.0
severity = "low"
cause = "Rain."
consequence = "Little room is left."

[[tags]]
id = "PUMP"
name = "Pump"
description = "Speed of the pump"
unit_of_measure = "%"
unit = "sump"
kind = "position"
role = "manipulated"
range_low = 0.0
range_high = 100.0
normal = 40.0
resolution = 0.1

[[loops]]
id = "level"
name = "Level"
measured = "LEVEL"
output = "PUMP"

[[detectors]]
id = "pca"
name = "Principal components"
method = "pca"
tags = ["LEVEL", "PUMP"]
sample_period_seconds = 60.0
confirm_after = 3
false_alarm_rate = 0.01
variance_kept = 0.85
severity = "medium"
cause = "Together unusual."
consequence = "May grow."
guidance = "Look."
"#;

const NAME: &str = "name = \"Pump house\"";

fn small() -> Plant {
    parse(SMALL, "small.toml").unwrap()
}

#[test]
fn a_small_plant_is_read() {
    let plant = small();
    assert_eq!(plant.tags.len(), 2);
    assert_eq!(plant.loops[0].output.get(), 1);
    assert_eq!(plant.detectors[0].tags.len(), 2);
    let level = &plant.tags[0];
    assert_eq!((level.limits[0].kind, level.limits[1].kind), (LimitKind::HighHigh, LimitKind::High));
}

#[test]
fn a_limit_takes_deadband_and_delays_from_the_kind_of_its_signal() {
    let plant = small();
    let high = &plant.tags[0].limits[1];
    assert_eq!(high.deadband, 5.0);
    assert_eq!((high.on_delay.as_secs(), high.off_delay.as_secs()), (60, 60));
}

#[test]
fn an_alarm_without_guidance_inherits_that_of_its_unit() {
    let plant = small();
    let guidance = |id: &str| plant.alarms.iter().find(|alarm| alarm.id.as_str() == id).unwrap().guidance.clone();
    assert_eq!(guidance("LEVEL/HIGH_HIGH"), "Start the second pump.");
    assert_eq!(guidance("LEVEL/HIGH"), "Look into the sump.");
}

#[test]
fn every_limit_detector_and_watchman_has_an_alarm() {
    let plant = small();
    let ids: Vec<&str> = plant.alarms.iter().map(|alarm| alarm.id.as_str()).collect();
    let expected = [
        "LEVEL/HIGH_HIGH",
        "LEVEL/HIGH",
        "pca/VERDICT",
        SOURCE_SILENT,
        PLANT_TRIPPED,
        HISTORIAN_BEHIND,
        DISK_LOW,
        TRAINER_DEGRADED,
        SOURCE_PAUSED,
        ALARM_FLOOD,
        LANGUAGE_MODELS_MISSING,
        DIAGNOSIS_DEGRADED,
        "SYSTEM/DETECTOR_DEGRADED/pca",
        "SYSTEM/INSTRUMENT/sump",
        "SYSTEM/LIMITS_PAUSED/sump",
    ];
    assert_eq!(ids, expected);
}

/// Replaces `from` in the small plant and expects an error that says each of `says`.
#[track_caller]
fn check(from: &str, to: &str, says: &[&str]) {
    assert!(SMALL.contains(from), "`{from}` is not in the small plant");
    let text = SMALL.replacen(from, to, 1);
    let said = parse(&text, "small.toml").expect_err(to).to_string();
    for words in ["small.toml"].iter().chain(says) {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_file_line_and_key() {
    check("value = 95.0", "value = 120.0", &["line 28", "tags.LEVEL.limits.high-high.value", "120", "0…100"]);
    check("value = 95.0", "value = 70.0", &["line 28", "not above HIGH 80"]);
    check("value = 95.0", "value = 84.0", &["deadband 5 reaches limit HIGH"]);
    check("value = 80.0", "value = 52.0", &["line 36", "would not clear at the normal value 50"]);
    check("value = 80.0", "value = 80.0\ndeadband = 40.0", &["line 37", "limits.high.deadband", "would not clear"]);
    check("value = 80.0", "value = 80.0\ndeadband = -1.0", &["limits.high.deadband", "negative"]);
    check("value = 80.0", "value = 80.0\non_delay_seconds = -1.0", &["limits.high.on_delay_seconds", "-1"]);
    check("value = 80.0", "value = nan", &["limits.high.value", "NaN"]);
    check("kind = \"high\"", "kind = \"high-high\"", &["line 35", "already"]);
    check("range_low = 0.0", "range_low = 100.0", &["line 21", "tags.LEVEL.range_low", "not below range_high"]);
    check("normal = 50.0", "normal = 150.0", &["tags.LEVEL.normal", "outside the range"]);
    check("resolution = 0.1", "resolution = 0.0", &["tags.LEVEL.resolution"]);
    check("unit = \"sump\"", "unit = \"attic\"", &["line 18", "tags.LEVEL.unit", "`attic`"]);
    check("id = \"PUMP\"", "id = \"LEVEL\"", &["line 42", "tags.id", "`LEVEL` is there twice"]);
    check("id = \"PUMP\"", "id = \"A PUMP\"", &["`A PUMP` is not an id"]);
    check("measured = \"LEVEL\"", "measured = \"DEPTH\"", &["loops.level.measured", "no tag `DEPTH`"]);
    check("output = \"PUMP\"", "output = \"VALVE\"", &["loops.level.output", "no tag `VALVE`"]);
    check("output = \"PUMP\"", "output = \"LEVEL\"", &["loops.level.output", "not a manipulated tag"]);
    check("output = \"PUMP\"", "output = \"PUMP\"\ncascade = true", &["no loop measures `PUMP`"]);
    check("\"LEVEL\", \"PUMP\"]", "\"LEVEL\", \"DEPTH\"]", &["detectors.pca.tags", "no tag `DEPTH`"]);
    check("\"LEVEL\", \"PUMP\"]", "\"LEVEL\", \"LEVEL\"]", &["named twice"]);
    check("\"LEVEL\", \"PUMP\"]", "\"LEVEL\"]", &["two tags or more"]);
    check("method = \"pca\"", "method = \"magic\"", &["detectors.pca.method", "known are var, cva, dpca, pca"]);
    check("sample_period_seconds = 60.0", "sample_period_seconds = 60.5", &["whole number of scans"]);
    check("variance_kept = 0.85", "variance_kept = 1.5", &["detectors.pca.variance_kept", "1.5"]);
    check("variance_kept = 0.85", "lags = 2", &["detectors.pca.lags", "no setting of the method `pca`"]);
    check("variance_kept = 0.85", "advisory = [\"slow\"]", &["detectors.pca.advisory", "no chart `slow`", "T2, SPE"]);
    check("variance_kept = 0.85", "advisory = [\"SPE\", \"T2\"]", &["no chart is left to decide"]);
    check("confirm_after = 3", "confirm_after = 0", &["detectors.pca.confirm_after"]);
    check("false_alarm_rate = 0.01", "false_alarm_rate = 1.0", &["detectors.pca.false_alarm_rate"]);
    check("scan_period_seconds = 1.0", "scan_period_seconds = 0.0", &["line 4", "scan_period_seconds"]);
    check("cause = \"Rain.\"", "cause = \" \"", &["tags.LEVEL.limits.high.cause", "says nothing"]);
    let matrix = |times: &str, minor: &str, severe: &str| {
        let major = "major = [\"medium\", \"low\"]";
        format!("{NAME}\npriority_matrix = {{ times_minutes = {times}, minor = {minor}, {major}, severe = {severe} }}")
    };
    let (low, high) = ("[\"low\", \"low\"]", "[\"high\", \"low\"]");
    check(NAME, &matrix("[10, 3]", low, high), &["line 4", "priority_matrix.times_minutes", "3"]);
    check(NAME, &matrix("[0]", low, high), &["priority_matrix.times_minutes", "0"]);
    check(NAME, &matrix("[3]", "[\"low\"]", high), &["priority_matrix.minor", "has 1", "2 classes"]);
    check(NAME, &matrix("[3]", low, "[\"low\", \"high\"]"), &["priority_matrix", "lower severity"]);
}

#[test]
fn what_is_not_known_is_refused_where_it_stands() {
    check("name = \"Pump house\"", "name = \"Pump house\"\ncolour = \"red\"", &["line 4", "unknown field `colour`"]);
    check("resolution = 0.1", "resolution = 0.1\nhigh = 9", &["unknown field `high`"]);
    check("kind = \"high\"", "kind = \"highest\"", &["line 35", "unknown variant `highest`"]);
    check("role = \"measured\"", "", &["missing field `role`"]);
    check("range_high = 100.0", "range_high = \"hot\"", &["line 22", "invalid type"]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let said = load(Some(Path::new("no/such/plant.toml"))).unwrap_err().to_string();
    assert!(said.contains("no/such/plant.toml"), "{said}");
}

#[test]
fn the_built_in_plant_is_the_whole_tennessee_eastman_plant() {
    let plant = built_in();
    let of = |role| plant.tags.iter().filter(|tag| tag.role == role).count();
    assert_eq!((of(TagRole::Measured), of(TagRole::Manipulated)), (41, 12));
    assert_eq!((plant.units.len(), plant.loops.len()), (7, 19));
    assert_eq!(plant.detectors[0].tags.len(), 33);
    assert!(plant.units.iter().all(|unit| plant.tags_of(&unit.id).count() > 0));
}

#[test]
fn severities_are_mixed_as_the_standard_advises() {
    let plant = built_in();
    let limits: Vec<Severity> = plant.tags.iter().flat_map(|tag| &tag.limits).map(|limit| limit.severity).collect();
    let share = |which: &[Severity]| {
        limits.iter().filter(|severity| which.contains(severity)).count() as f64 / limits.len() as f64
    };
    assert!((0.7..0.9).contains(&share(&[Severity::Low])), "{}", share(&[Severity::Low]));
    assert!((0.1..0.2).contains(&share(&[Severity::Medium])), "{}", share(&[Severity::Medium]));
    assert!(share(&[Severity::High, Severity::Critical]) < 0.08);
}

#[test]
fn handling_is_an_alarms_own_else_the_plants_else_that_of_its_severity() {
    let text = SMALL
        .replacen(
            "stale_after_seconds = 10.0",
            "stale_after_seconds = 10.0\n[alarm_handling]\nlatching = true\nre_alarm_after_minutes = 30.0",
            1,
        )
        .replacen(
            "cause = \"Rain.\"",
            "cause = \"Rain.\"\nhandling = { latching = false, shelve_max_hours = 2.0, re_alarm_after_minutes = 0.0 }",
            1,
        );
    let plant = parse(&text, "small.toml").unwrap();
    let of = |id: &str| plant.alarms.iter().find(|alarm| alarm.id.as_str() == id).unwrap().handling;
    let (own, inherited) = (of("LEVEL/HIGH"), of("LEVEL/HIGH_HIGH"));
    assert_eq!((own.latching, own.shelve_max.as_secs(), own.re_alarm_after), (false, 7200, None));
    assert_eq!((inherited.latching, inherited.re_alarm_after.unwrap().as_secs()), (true, 1800));
    assert_eq!(inherited.shelve_max, AlarmHandling::of(Severity::High).shelve_max);
}

#[test]
fn a_shelf_without_a_sensible_length_is_refused_with_its_key() {
    for hours in ["0.0", "-1.0", "nan", "1000.0"] {
        let text = SMALL.replacen(
            "cause = \"Rain.\"",
            &format!("cause = \"Rain.\"\nhandling = {{ shelve_max_hours = {hours} }}"),
            1,
        );
        let error = parse(&text, "small.toml").unwrap_err().to_string();
        assert!(error.contains("tags.LEVEL.limits.high.handling.shelve_max_hours"), "{hours}: {error}");
    }
}

/// The small plant with a condition of the level.
fn with_condition(condition: &str) -> String {
    let words = "severity = \"low\"\ncause = \"A leak.\"\nconsequence = \"It empties.\"\n";
    let text = format!("[[tags.conditions]]\n{condition}\n{words}\n[[tags]]\nid = \"PUMP\"");
    SMALL.replacen("[[tags]]\nid = \"PUMP\"", &text, 1)
}

#[test]
fn conditions_take_what_they_do_not_say_from_the_kind_of_their_signal() {
    let level = |condition: &str| {
        let plant = parse(&with_condition(condition), "small.toml").unwrap();
        let alarm = plant.tags[0].conditions[0].alarm.clone();
        assert!(plant.alarms.iter().any(|known| known.id == alarm && known.guidance == "Look into the sump."));
        plant.tags[0].conditions[0].clone()
    };
    let rate = level("kind = \"rate\"\nlimit_per_minute = 5.0");
    assert_eq!((rate.alarm.as_str(), rate.on_delay.as_secs(), rate.off_delay.as_secs()), ("LEVEL/RATE", 60, 60));
    let window = std::time::Duration::from_secs(120);
    assert_eq!(rate.test, ConditionTest::Rate { limit: 5.0, deadband: 1.0, window, direction: Direction::Either });
    let from = level("kind = \"deviation\"\nfrom_tag = \"PUMP\"\nlimit = 30.0");
    let Reference::Tag(pump) = (match from.test {
        ConditionTest::Deviation { from, deadband, .. } => {
            assert_eq!(deadband, 5.0);
            from
        }
        other => panic!("{other:?}"),
    }) else {
        panic!("from a tag")
    };
    assert_eq!(pump.get(), 1);
    let end = level("kind = \"discrete\"\nid = \"FULL\"\nat_end = \"upper\"");
    assert_eq!(end.alarm.as_str(), "LEVEL/FULL");
    let states = ConditionTest::State { states: vec![100.0], tolerance: 0.05, deadband: 1.0, when_equal: true };
    assert_eq!(end.test, states);
    assert_eq!(level("kind = \"bad-instrument\"\non_delay_seconds = 5.0").on_delay.as_secs(), 5);
    let frozen = level("kind = \"frozen\"");
    assert_eq!((frozen.on_delay.as_secs(), frozen.off_delay.as_secs()), (600, 0));
}

#[test]
fn a_condition_that_makes_no_sense_is_refused_with_line_and_key() {
    let cases = [
        ("kind = \"rate\"", "conditions.RATE.limit_per_minute", "needs this key"),
        ("kind = \"rate\"\nlimit_per_minute = 0.0", "conditions.RATE.limit_per_minute", "not above 0"),
        ("kind = \"rate\"\nlimit_per_minute = 1.0\ndeadband = 1.0", "conditions.RATE.deadband", "below the limit 1"),
        ("kind = \"rate\"\nlimit_per_minute = 1.0\nwindow_seconds = 1.0", "RATE.window_seconds", "3 to 3600"),
        ("kind = \"rate\"\nlimit_per_minute = 1.0\nlimit = 1.0", "conditions.RATE.limit", "does not belong to a rate"),
        ("kind = \"deviation\"\nlimit = 3.0", "conditions.DEVIATION.from_tag", "one from_tag or one from_value"),
        ("kind = \"deviation\"\nfrom_tag = \"DEPTH\"\nlimit = 3.0", "DEVIATION.from_tag", "no tag `DEPTH`"),
        ("kind = \"deviation\"\nfrom_tag = \"LEVEL\"\nlimit = 3.0", "DEVIATION.from_tag", "from itself"),
        ("kind = \"deviation\"\nfrom_value = 20.0\nlimit = 3.0", "DEVIATION.limit", "would not clear at the normal"),
        ("kind = \"deviation\"\nfrom_value = 200.0\nlimit = 3.0", "DEVIATION.from_value", "outside the range"),
        ("kind = \"deviation\"\nfrom_value = 50.0\nlimit = 300.0", "DEVIATION.limit", "never be passed"),
        ("kind = \"discrete\"", "conditions.STATE.equals", "one of equals, differs_from and at_end"),
        ("kind = \"discrete\"\nequals = []", "conditions.STATE.equals", "names no state"),
        ("kind = \"discrete\"\nequals = [101.0]", "conditions.STATE.equals", "outside the range"),
        ("kind = \"discrete\"\nequals = [50.0]", "conditions.STATE.kind", "would stand at the normal value 50"),
        ("kind = \"discrete\"\ndiffers_from = [0.0]", "conditions.STATE.kind", "would stand at the normal value 50"),
        ("kind = \"frozen\"\nband = -1.0", "conditions.FROZEN.band", "negative"),
        ("kind = \"frozen\"\nid = \"HIGH\"", "conditions.HIGH.id", "an alarm `HIGH` already"),
        ("kind = \"frozen\"\nid = \"A B\"", "conditions.A B.id", "not an id"),
        ("kind = \"slow\"", "", "unknown variant `slow`"),
    ];
    for (condition, key, problem) in cases {
        let said = parse(&with_condition(condition), "small.toml").expect_err(condition).to_string();
        assert!(said.contains(key) && said.contains(problem) && said.contains("line 4"), "{condition}: {said}");
    }
}

#[test]
fn the_register_says_who_must_approve_and_how_a_severity_follows() {
    assert_eq!(small().register, crate::domain::RegisterRules::default());
    let rules = |table: &str| parse(&format!("{SMALL}{table}"), "small.toml").map(|plant| plant.register);
    let second = |value: &str| rules(&format!("[register]\nsecond_person = {value}\n")).unwrap().second_person;
    assert_eq!(second("true").len(), 4);
    assert_eq!(second("[\"critical\"]").into_iter().collect::<Vec<_>>(), [Severity::Critical]);
    let error = rules("[register]\nsecond_person = \"often\"\n").unwrap_err().to_string();
    assert!(error.contains("list of severities"), "{error}");
    let table = "[priority_matrix]\ntimes_minutes = [15]\nminor = [\"low\", \"low\"]\nmajor = [\"medium\", \"low\"]\n\
        severe = [\"high\", \"medium\"]\n";
    let matrix = rules(table).unwrap().matrix;
    assert_eq!((matrix.times.len(), matrix.rows[0][2], matrix.rows[1][2]), (1, Severity::High, Severity::Medium));
}

#[test]
fn a_method_has_usual_settings_and_says_which_charts_only_advise() {
    let of = |settings: &str| {
        let text = SMALL.replace("method = \"pca\"", settings).replace("variance_kept = 0.85\n", "");
        parse(&text, "small.toml").unwrap().detectors[0].clone()
    };
    let var = of("method = \"var\"");
    assert_eq!((var.method, var.advisory), (DetectorMethod::Var, vec!["slow".to_owned(), "long".to_owned()]));
    let all = of("method = \"var\"\nadvisory = []");
    assert!(all.advisory.is_empty());
    let cva = of("method = \"cva\"\npast = 4\nstates = 3");
    assert_eq!((cva.method, cva.advisory.len()), (DetectorMethod::Cva { past: 4, future: 3, states: 3 }, 0));
    assert_eq!(of("method = \"pca\"").method, DetectorMethod::Pca { variance_kept: 0.85 });
    for name in DetectorMethod::NAMES {
        assert_eq!(DetectorMethod::named(name).map(|method| method.name()), Some(name));
    }
}

/// What stands in the small plant beside the cause of its highest limit, and after how many minutes and how bad.
#[track_caller]
fn rationale(written: &str) -> Result<Rationale, String> {
    let text = SMALL.replacen("cause = \"The pump has failed.\"", &format!("{written}\ncause = \"x\""), 1);
    let plant = parse(&text, "small.toml").map_err(|e| e.to_string())?;
    Ok(plant.alarm(&"LEVEL/HIGH_HIGH".into()).unwrap().rationale.clone())
}

#[test]
fn what_a_severity_follows_from_stands_beside_it() {
    let written = "assessment = { time_to_respond_minutes = 5, economics = \"severe\" }\nclass = \" flood \"";
    let Rationale { assessment, class, justification } = rationale(written).unwrap();
    let assessment = assessment.unwrap();
    assert_eq!(assessment.time_to_respond.as_secs(), 300);
    let economics = ConsequenceSeverity::Severe;
    assert_eq!(assessment.consequences, Consequences { economics, ..Consequences::default() });
    assert_eq!((class.as_deref(), justification), (Some("flood"), None));
    let justified = "assessment = { time_to_respond_minutes = 0.5, safety = \"minor\" }\njustification = \"Seldom.\"";
    assert_eq!(rationale(justified).unwrap().justification.as_deref(), Some("Seldom."));
    assert_eq!(rationale("").unwrap(), Rationale::default(), "and may be missing");
}

#[test]
fn a_severity_that_does_not_follow_is_refused_with_line_and_key() {
    #[track_caller]
    fn check(written: &str, says: &[&str]) {
        let said = rationale(written).expect_err(written);
        says.iter().for_each(|words| assert!(said.contains(words), "`{words}` is not in: {said}"));
    }
    let at = "line 30";
    let minutes =
        |minutes: &str| format!("assessment = {{ time_to_respond_minutes = {minutes}, safety = \"severe\" }}");
    let of_time = "tags.LEVEL.limits.high-high.assessment.time_to_respond_minutes";
    check(&minutes("-5.0"), &[at, of_time, "-5 is not", "up to 1440"]);
    check(&minutes("0"), &[at, of_time, "0 is not"]);
    check(&minutes("nan"), &[at, of_time, "NaN is not"]);
    check(&minutes("1e300"), &[at, of_time]);
    check(&minutes("1441"), &[at, of_time, "1441 is not"]);
    check(&minutes("2.0"), &[at, "high-high.assessment`", "this is critical", "`justification`", "high"]);
    let words = |safety: &str| format!("assessment = {{ time_to_respond_minutes = 5.0, safety = \"{safety}\" }}");
    check(&words("grave"), &[at, "unknown variant `grave`", "`none`, `minor`, `major`, `severe`"]);
    check(&words("none"), &[at, "high-high.assessment`", "no alarm"]);
    check("assessment = { safety = \"major\" }", &[at, "time_to_respond_minutes"]);
    check("assessment = { time_to_respond_minutes = 5.0, people = \"major\" }", &[at, "people"]);
    check("class = \" \"", &[at, "high-high.class", "says nothing"]);
    check(&format!("class = \"{}\"", "x".repeat(65)), &[at, "high-high.class", "64"]);
    check("justification = \"\"", &[at, "high-high.justification", "says nothing"]);
}

#[test]
fn every_alarm_of_the_built_in_plant_is_rationalised_and_most_are_low() {
    let plant = built_in();
    let matrix = &plant.register.matrix;
    let mut counts = [0.0; 4];
    for alarm in &plant.alarms {
        let Rationale { assessment, class, justification } = &alarm.rationale;
        let assessment = assessment.as_ref().unwrap_or_else(|| panic!("{} is not assessed", alarm.id));
        assert_eq!(matrix.problem(alarm.severity, assessment, justification.as_deref()), None, "{}", alarm.id);
        assert!(class.is_some(), "{} has no class", alarm.id);
        let unneeded = justification.is_some() && matrix.severity(assessment) == Some(alarm.severity);
        assert!(!unneeded, "{} justifies what follows anyway", alarm.id);
        counts[alarm.severity as usize] += 1.0;
    }
    let [low, medium, high, critical] = counts.map(|count: f64| 100.0 * count / plant.alarms.len() as f64);
    // ISA-18.2 and EEMUA 191 want about 80, 15 and 5 %.
    assert!((75.0..85.0).contains(&low) && (10.0..20.0).contains(&medium), "{low:.1} % low, {medium:.1} % medium");
    assert!(high + critical < 7.5, "{high:.1} % high, {critical:.1} % critical");
}

#[test]
fn an_alarm_of_the_program_says_where_the_matrix_of_a_plant_gives_another_severity() {
    let matrix = "[priority_matrix]\ntimes_minutes = []\nminor = [\"low\"]\nmajor = [\"medium\"]\nsevere = [\"high\"]\n[[units]]";
    let plant = parse(&SMALL.replacen("[[units]]", matrix, 1), "small.toml").unwrap();
    let silent = plant.alarm(&SOURCE_SILENT.into()).unwrap();
    assert_eq!(silent.severity, Severity::High);
    assert!(silent.rationale.justification.as_ref().is_some_and(|words| words.contains("gives medium")));
    assert_eq!(plant.alarm(&ALARM_FLOOD.into()).unwrap().rationale.justification, None);
}
