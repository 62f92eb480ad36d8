use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    AlarmDefinition, AlarmHandling, Assessment, ConsequenceSeverity, Consequences, Limit, LimitKind, PlantId,
    Rationale, RegisterRules, Severity, SignalKind, Tag, TagRole,
};

const NOW: WallTime = WallTime::from_micros(1_000_000);

fn limit(kind: LimitKind, value: f64) -> Limit {
    let (on_delay, off_delay) = (Duration::from_secs(15), Duration::from_secs(15));
    Limit { kind, value, deadband: 2.0, on_delay, off_delay, severity: Severity::Medium }
}

fn alarm(id: &str, limit: Option<Limit>) -> AlarmDefinition {
    AlarmDefinition {
        id: id.into(),
        title: id.into(),
        unit: None,
        tag: limit.is_some().then(|| "P".into()),
        detector: None,
        severity: Severity::Medium,
        handling: AlarmHandling::of(Severity::Medium),
        cause: "Rain.".into(),
        consequence: "A flood.".into(),
        guidance: "Open the gate.".into(),
        rationale: Default::default(),
        limit,
    }
}

/// A plant with two limits of one tag and an alarm of its own.
fn plant() -> Plant {
    let limits = vec![limit(LimitKind::HighHigh, 90.0), limit(LimitKind::High, 80.0)];
    let alarms = vec![
        alarm("P/HIGH_HIGH", Some(limits[0].clone())),
        alarm("P/HIGH", Some(limits[1].clone())),
        alarm("SYSTEM/DISK_LOW", None),
    ];
    Plant {
        id: PlantId::from("p"),
        name: "P".into(),
        scan_period: Duration::from_secs(1),
        lookup: Default::default(),
        stale_after: Duration::from_secs(5),
        units: vec![],
        tags: vec![Tag {
            id: "P".into(),
            name: "Pressure".into(),
            description: String::new(),
            unit_of_measure: "bar".into(),
            unit: "u".into(),
            kind: SignalKind::Pressure,
            role: TagRole::Measured,
            range_low: 0.0,
            range_high: 100.0,
            normal: 50.0,
            resolution: 0.1,
            limits,
            conditions: vec![],
        }],
        loops: vec![],
        detectors: vec![],
        alarms: alarms.into_iter().map(Arc::new).collect(),
        register: RegisterRules { second_person: [Severity::High].into(), ..RegisterRules::default() },
        suppression_rules: vec![],
        eclipses: vec![],
        first_out: vec![],
        consoles: Vec::new(),
    }
}

/// A register with the plant that it is of, and ids that count.
struct House {
    file: Arc<Plant>,
    register: Register,
    ids: u128,
}

impl House {
    fn new() -> Self {
        let mut house = Self { file: Arc::new(plant()), register: Register::default(), ids: 0 };
        house.open();
        house
    }

    /// As a start of the desk does it; the rows that it would keep.
    fn open(&mut self) -> Vec<RegisterChange> {
        let mut ids = self.ids;
        let mut fresh = || {
            ids += 1;
            ChangeId(Uuid::from_u128(ids))
        };
        let mut rows = self.register.first_entries(&self.file, NOW, &mut fresh);
        rows.iter().cloned().for_each(|change| self.register.enter(change));
        let renewed = self.register.renewed(&self.file, NOW, &mut fresh);
        renewed.iter().cloned().for_each(|change| self.register.enter(change));
        self.ids = ids;
        rows.extend(renewed);
        rows
    }

    /// Somebody writes into the plant file what a severity follows from.
    fn rationalise(&mut self, at: usize, rationale: Rationale) {
        Arc::make_mut(&mut Arc::make_mut(&mut self.file).alarms[at]).rationale = rationale;
    }

    fn runs(&self, alarm: &str) -> RegisterEntry {
        let plant = self.running();
        plant.alarm(&alarm.into()).map(|definition| RegisterEntry::from(&**definition)).expect("configured")
    }

    fn running(&self) -> Arc<Plant> {
        overlaid(&self.file, &self.register).plant
    }

    fn order(&mut self, command: &RegisterCommand, by: &str) -> Result<RegisterChange, RegisterRefused> {
        self.ids += 1;
        let running = self.running();
        let fresh = ChangeId(Uuid::from_u128(self.ids));
        let decision = self.register.decide(command, by, (&self.file, &running), NOW, fresh)?;
        decision.rows.into_iter().for_each(|row| self.register.enter(row));
        Ok(decision.change)
    }

    fn entry(&self, alarm: &str) -> RegisterEntry {
        let standing = self.register.of_alarm(&alarm.into()).and_then(|change| change.after.clone());
        Arc::unwrap_or_clone(standing.expect("the register holds it"))
    }

    fn propose(
        &mut self,
        alarm: &str,
        change: impl FnOnce(&mut RegisterEntry),
    ) -> Result<RegisterChange, RegisterRefused> {
        let mut entry = self.entry(alarm);
        change(&mut entry);
        let base = self.register.of_alarm(&alarm.into()).map_or(0, |change| change.version);
        let after = Some(Box::new(entry));
        self.order(&RegisterCommand::Propose { alarm: alarm.into(), base, after, reason: "nuisance".into() }, "paul")
    }

    fn approve(&mut self, change: &RegisterChange, by: &str) -> Result<RegisterChange, RegisterRefused> {
        self.order(&RegisterCommand::Approve { change: change.id, reason: None }, by)
    }

    /// Somebody moves a limit in the plant file.
    fn edit_file(&mut self, at: usize, value: f64) {
        let file = Arc::make_mut(&mut self.file);
        let limit = &mut file.tags[0].limits[at];
        limit.value = value;
        Arc::make_mut(&mut file.alarms[at]).limit = Some(limit.clone());
    }

    fn drift(&self) -> Vec<Drift> {
        drift(&self.file, &self.register, &overlaid(&self.file, &self.register))
    }

    fn value(&self, alarm: &str) -> f64 {
        let plant = self.running();
        let definition = plant.alarms.iter().find(|definition| definition.id.as_str() == alarm).expect("configured");
        let limit = definition.limit.clone().expect("an alarm of a limit");
        let of_tag = plant.tags[0].limits.iter().find(|known| known.kind == limit.kind).expect("the tag has it");
        assert_eq!(*of_tag, limit, "alarm and tag say the same");
        limit.value
    }
}

fn value(value: f64) -> impl FnOnce(&mut RegisterEntry) {
    move |entry| entry.limit.as_mut().expect("an alarm of a limit").value = value
}

#[test]
fn a_proposal_changes_nothing_until_it_is_approved() {
    let mut house = House::new();
    let proposed = house.propose("P/HIGH", value(84.0)).unwrap();
    assert_eq!((proposed.version, proposed.state, house.value("P/HIGH")), (2, ChangeState::Proposed, 80.0));
    let approved = house.approve(&proposed, "paul").unwrap();
    assert_eq!((approved.state, house.value("P/HIGH")), (ChangeState::InForce, 84.0));
    assert_eq!(approved.decided_by.as_deref(), Some("paul"), "medium needs no second person here");
    assert_eq!(house.approve(&proposed, "eva"), Err(RegisterRefused::NotPending(ChangeState::InForce)));
    assert_eq!(house.drift(), [], "what a person decided is no drift");
}

#[test]
fn what_touches_a_severity_of_two_people_is_approved_by_another() {
    let mut house = House::new();
    let proposed = house.propose("P/HIGH", |entry| entry.severity = Severity::High).unwrap();
    assert_eq!(house.approve(&proposed, "paul"), Err(RegisterRefused::AnotherPersonNeeded("paul".into())));
    assert!(house.approve(&proposed, "eva").is_ok());
    let back = house.propose("P/HIGH", |entry| entry.severity = Severity::Low).unwrap();
    let alone = house.approve(&back, "paul");
    assert_eq!(alone, Err(RegisterRefused::AnotherPersonNeeded("paul".into())), "also on the way down");
}

#[test]
fn one_change_at_a_time_and_only_of_what_was_looked_at() {
    let mut house = House::new();
    let proposed = house.propose("P/HIGH", value(84.0)).unwrap();
    assert_eq!(house.propose("P/HIGH", value(85.0)), Err(RegisterRefused::ChangePending("paul".into())));
    let withdraw = |change| RegisterCommand::Withdraw { change, reason: "typing error".into() };
    assert_eq!(house.order(&withdraw(proposed.id), "eva"), Err(RegisterRefused::NotYours("paul".into())));
    assert_eq!(house.order(&withdraw(proposed.id), "paul").unwrap().state, ChangeState::Withdrawn);
    let second = house.propose("P/HIGH", value(85.0)).unwrap();
    assert_eq!(second.version, 3, "a change that came to nothing keeps its number");
    let reject = RegisterCommand::Reject { change: second.id, reason: " ".into() };
    assert!(matches!(house.order(&reject, "eva"), Err(RegisterRefused::Invalid { .. })), "a refusal says why");
    let reject = RegisterCommand::Reject { change: second.id, reason: "not yet".into() };
    assert_eq!(house.order(&reject, "eva").unwrap().state, ChangeState::Rejected);
    assert_eq!(house.propose("P/HIGH", |_| ()), Err(RegisterRefused::NothingChanges));
    let after = Some(Box::new(house.entry("P/HIGH")));
    let stale = RegisterCommand::Propose { alarm: "P/HIGH".into(), base: 7, after, reason: "x".into() };
    assert_eq!(house.order(&stale, "paul"), Err(RegisterRefused::Moved(1)));
    assert_eq!(house.value("P/HIGH"), 80.0);
}

#[test]
fn what_makes_no_sense_is_refused_by_its_field() {
    #[track_caller]
    fn check(alarm: &str, change: impl FnOnce(&mut RegisterEntry), expected: &str, words: &str) {
        match House::new().propose(alarm, change) {
            Err(RegisterRefused::Invalid { field, problem }) => {
                assert_eq!(field, expected);
                assert!(problem.contains(words), "{problem}");
            }
            other => panic!("{other:?}"),
        }
    }
    let assessed = |minutes: u64, safety: ConsequenceSeverity| {
        let consequences = Consequences { safety, ..Consequences::default() };
        Some(Assessment { time_to_respond: Duration::from_secs(minutes * 60), consequences })
    };
    check("P/HIGH", value(f64::NAN), "value", "NaN");
    check("P/HIGH", value(120.0), "value", "range 0…100");
    check("P/HIGH", value(95.0), "value", "HIGH_HIGH 90");
    check("P/HIGH", value(51.0), "deadband", "would not clear at the normal value 50");
    check("P/HIGH_HIGH", value(81.0), "deadband", "reaches limit HIGH");
    check("P/HIGH", |entry| entry.limit = None, "limit", "needs settings");
    check("P/HIGH", |entry| entry.guidance = " ".into(), "guidance", "says nothing");
    check("P/HIGH", |entry| entry.cause = "x".repeat(4_001), "cause", "4000");
    check("P/HIGH", |entry| entry.assessment = assessed(5, ConsequenceSeverity::None), "consequences", "no alarm");
    check("P/HIGH", |entry| entry.assessment = assessed(0, ConsequenceSeverity::Minor), "timeToRespondMinutes", "day");
    check("P/HIGH", |entry| entry.assessment = assessed(5, ConsequenceSeverity::Severe), "severity", "gives high");
    check("P/HIGH", |entry| entry.handling.shelve_max = Duration::ZERO, "shelveMinutesMax", "week");
    check("P/HIGH", |entry| entry.limit.as_mut().unwrap().on_delay = Duration::MAX, "onDelaySeconds", "a day");
    let settings = LimitSettings::from(&limit(LimitKind::High, 80.0));
    check("SYSTEM/DISK_LOW", |entry| entry.limit = Some(settings), "limit", "watches no limit");
    let justified = House::new().propose("P/HIGH", |entry| {
        entry.assessment = assessed(5, ConsequenceSeverity::Severe);
        entry.justification = Some("A second barrier stands.".into());
    });
    assert!(justified.is_ok(), "{justified:?}");
}

#[test]
fn an_edited_plant_file_is_drift_until_somebody_decides() {
    let mut house = House::new();
    let tuned = house.propose("P/HIGH_HIGH", value(92.0)).unwrap();
    house.approve(&tuned, "eva").unwrap();
    for (at, new) in [(0, 93.0), (1, 78.0)] {
        house.edit_file(at, new);
    }
    house.open();
    assert_eq!(house.value("P/HIGH_HIGH"), 92.0, "the register decides of what a person has tuned");
    assert_eq!(house.value("P/HIGH"), 78.0, "and of nothing else");
    let told: Vec<_> = house
        .drift()
        .into_iter()
        .map(|drift| (drift.alarm.to_string(), drift.kind, in_words(&drift.differences), drift.file_runs))
        .collect();
    let expected = [
        ("P/HIGH_HIGH".to_owned(), DriftKind::FileChanged, "limit 92 → 93".to_owned(), false),
        ("P/HIGH".to_owned(), DriftKind::FileChanged, "limit 80 → 78".to_owned(), true),
    ];
    assert_eq!(told, expected);
    let accepted = house.propose("P/HIGH", value(78.0)).unwrap();
    house.approve(&accepted, "eva").unwrap();
    let kept = house.propose("P/HIGH_HIGH", |_| ()).expect("to confirm what runs settles the drift");
    house.approve(&kept, "eva").unwrap();
    assert_eq!(house.drift(), []);
}

#[test]
fn alarms_that_come_and_go_with_the_plant_file_are_drift() {
    let mut house = House::new();
    let file = Arc::make_mut(&mut house.file);
    let gone = file.alarms.remove(1);
    file.tags[0].limits.remove(1);
    file.alarms.push(Arc::new(alarm("GATE/OPEN", None)));
    file.alarms.push(Arc::new(alarm("SYSTEM/NEW", None)));
    house.open();
    let told: Vec<_> = house.drift().into_iter().map(|drift| (drift.alarm, drift.kind)).collect();
    assert_eq!(told, [("GATE/OPEN".into(), DriftKind::Appeared), (gone.id.clone(), DriftKind::Disappeared)]);
    let entry = RegisterEntry::from(&*house.file.alarms[2]);
    let take_in = RegisterCommand::Propose {
        alarm: "GATE/OPEN".into(),
        base: 0,
        after: Some(entry.into()),
        reason: "new".into(),
    };
    let taken = house.order(&take_in, "paul").unwrap();
    house.approve(&taken, "eva").unwrap();
    let retire =
        |alarm: &str| RegisterCommand::Propose { alarm: alarm.into(), base: 1, after: None, reason: "gone".into() };
    let refused = house.order(&retire("P/HIGH_HIGH"), "paul");
    assert!(matches!(refused, Err(RegisterRefused::Invalid { field, .. }) if field == "retire"));
    let retired = house.order(&retire("P/HIGH"), "paul").unwrap();
    house.approve(&retired, "eva").unwrap();
    assert_eq!(house.drift(), []);
}

#[test]
fn approved_settings_that_no_longer_fit_the_file_are_not_applied_and_told() {
    let mut house = House::new();
    let tuned = house.propose("P/HIGH", value(84.0)).unwrap();
    house.approve(&tuned, "eva").unwrap();
    house.edit_file(0, 82.0);
    assert_eq!(house.value("P/HIGH"), 80.0, "the file decides");
    let drifted = house.drift();
    let of_high = drifted.iter().find(|drift| drift.alarm.as_str() == "P/HIGH").unwrap();
    assert_eq!(of_high.kind, DriftKind::NotApplied);
    assert!(of_high.problem.as_ref().is_some_and(|problem| problem.contains("82")), "{of_high:?}");
}

#[test]
fn what_runs_without_approval_has_a_fingerprint_that_stays_while_the_file_says_the_same() {
    let mut house = House::new();
    let tuned = house.propose("P/HIGH_HIGH", value(92.0)).unwrap();
    house.approve(&tuned, "eva").unwrap();
    house.edit_file(0, 93.0);
    house.edit_file(1, 78.0);
    let of_high = |house: &House| {
        house
            .drift()
            .iter()
            .filter_map(|drift| Some((drift.alarm.to_string(), drift.unapproved()?)))
            .collect::<Vec<_>>()
    };
    let first = of_high(&house);
    assert_eq!(
        first.iter().map(|(alarm, _)| alarm.as_str()).collect::<Vec<_>>(),
        ["P/HIGH"],
        "the register decides of the other"
    );
    let told = house.drift()[1].told();
    assert_eq!(told, "edited in the plant file; nobody has approved it: limit 80 → 78");
    house.open();
    assert_eq!(of_high(&house), first, "a restart is no edit");
    house.edit_file(1, 77.0);
    assert_ne!(of_high(&house), first);
    house.edit_file(1, 78.0);
    assert_eq!(of_high(&house), first);
    let confirmed = house.propose("P/HIGH", value(78.0)).unwrap();
    house.approve(&confirmed, "eva").unwrap();
    assert_eq!(of_high(&house), []);
}

fn major(minutes: u64) -> Option<Assessment> {
    let consequences = Consequences { economics: ConsequenceSeverity::Major, ..Consequences::default() };
    Some(Assessment { time_to_respond: Duration::from_secs(minutes * 60), consequences })
}

fn process(minutes: u64) -> Rationale {
    Rationale { assessment: major(minutes), class: Some("process".into()), justification: None }
}

#[test]
fn a_plant_file_that_is_rationalised_later_is_taken_in_without_drift_and_once() {
    let mut house = House::new();
    let tuned = house.propose("P/HIGH_HIGH", value(92.0)).unwrap();
    house.approve(&tuned, "eva").unwrap();
    (0..2).for_each(|at| house.rationalise(at, process(5)));
    let rows = house.open();
    let told: Vec<_> = rows.iter().map(|row| (row.alarm.as_str(), row.version, row.state, row.origin)).collect();
    use ChangeOrigin::{Person, PlantFile};
    use ChangeState::{InForce, Superseded};
    let expected = [
        ("P/HIGH_HIGH", 2, Superseded, Person),
        ("P/HIGH_HIGH", 3, InForce, Person),
        ("P/HIGH", 1, Superseded, PlantFile),
        ("P/HIGH", 2, InForce, PlantFile),
    ];
    assert_eq!(told, expected);
    for alarm in ["P/HIGH_HIGH", "P/HIGH"] {
        assert_eq!(house.entry(alarm).assessment, major(5), "{alarm}");
        assert_eq!(house.runs(alarm), house.entry(alarm));
    }
    assert_eq!(house.value("P/HIGH_HIGH"), 92.0, "what a person has approved stands");
    assert!(rows[1].reason.contains("eva"), "and says by whom: {}", rows[1].reason);
    assert_eq!(house.drift(), []);
    assert_eq!(house.open(), [], "it is taken in once");
    house.rationalise(1, process(9));
    assert_eq!(house.open(), [], "another assessment in the file is an edit, and a person decides");
    let drifted: Vec<_> = house.drift().iter().map(|drift| in_words(&drift.differences)).collect();
    assert_eq!(drifted, ["time to respond 5 min → 9 min"]);
    house.rationalise(1, Rationale::default());
    assert_eq!((house.open(), house.drift()), (vec![], vec![]), "a file that is silent contradicts nobody");
}

#[test]
fn what_a_person_has_assessed_is_not_mixed_with_what_the_file_says_later() {
    let mut house = House::new();
    let theirs = |entry: &mut RegisterEntry| {
        entry.assessment = major(2);
        entry.justification = Some("A second barrier stands.".into());
    };
    let assessed = house.propose("P/HIGH", theirs).unwrap();
    house.approve(&assessed, "eva").unwrap();
    let waiting = house.propose("P/HIGH_HIGH", value(92.0)).unwrap();
    let file = Rationale { justification: Some("The file's own.".into()), ..process(20) };
    (0..2).for_each(|at| house.rationalise(at, file.clone()));
    house.open();
    let entry = house.entry("P/HIGH");
    assert_eq!((entry.assessment, entry.class.as_deref()), (major(2), Some("process")));
    assert_eq!(entry.justification.as_deref(), Some("A second barrier stands."));
    assert_eq!(house.entry("P/HIGH_HIGH").assessment, None, "what waits for approval is left alone");
    assert_eq!(house.drift(), []);
    house.approve(&waiting, "eva").unwrap();
    assert_eq!(house.entry("P/HIGH_HIGH").assessment, None, "and approved as it was looked at");
    house.open();
    assert_eq!((house.entry("P/HIGH_HIGH").assessment, house.value("P/HIGH_HIGH")), (major(20), 92.0));
    let removed = house.propose("P/HIGH_HIGH", |entry| entry.assessment = None).unwrap();
    house.approve(&removed, "eva").unwrap();
    house.open();
    assert_eq!(house.runs("P/HIGH_HIGH").assessment, None, "what a person takes away does not come back");
}

#[test]
fn an_alarm_of_the_program_follows_its_version_until_a_person_decides() {
    let mut house = House::new();
    let newer = |house: &mut House, severity| {
        let alarm = Arc::make_mut(&mut Arc::make_mut(&mut house.file).alarms[2]);
        (alarm.severity, alarm.rationale) = (severity, process(60));
    };
    newer(&mut house, Severity::Low);
    assert_eq!(house.open().len(), 2);
    assert_eq!(house.entry("SYSTEM/DISK_LOW"), house.runs("SYSTEM/DISK_LOW"));
    assert_eq!(house.entry("SYSTEM/DISK_LOW").severity, Severity::Low);
    let kept = house.propose("SYSTEM/DISK_LOW", |entry| entry.cause = "The disk is small.".into()).unwrap();
    house.approve(&kept, "eva").unwrap();
    newer(&mut house, Severity::Medium);
    assert_eq!(house.open(), []);
    assert_eq!(house.runs("SYSTEM/DISK_LOW").severity, Severity::Low);
}

/// What may be ordered, by whom.
#[derive(Clone, Debug)]
enum Step {
    Propose(usize, f64, Severity),
    Decide(usize, bool),
    /// The plant file says what a severity follows from, and the desk starts again.
    Rationalise(usize, u64),
}

fn step() -> impl Strategy<Value = Step> {
    let severity = prop_oneof![Just(Severity::Low), Just(Severity::Medium), Just(Severity::High)];
    prop_oneof![
        (0..2usize, 52.0..99.0f64, severity).prop_map(|(alarm, value, severity)| Step::Propose(alarm, value, severity)),
        (0..2usize, any::<bool>()).prop_map(|(alarm, yes)| Step::Decide(alarm, yes)),
        (0..2usize, 1..60u64).prop_map(|(alarm, minutes)| Step::Rationalise(alarm, minutes)),
    ]
}

proptest! {
    /// Whatever is ordered: what runs always makes sense, is what was approved last, and comes back from the rows alone.
    #[test]
    fn what_runs_is_what_was_approved_last(steps in prop::collection::vec(step(), 1..40)) {
        let mut house = House::new();
        let mut rows: BTreeMap<ChangeId, RegisterChange> = BTreeMap::new();
        for change in house.register.in_force() {
            rows.insert(change.id, change.clone());
        }
        let mut approved: BTreeMap<AlarmId, RegisterEntry> = BTreeMap::new();
        for step in steps {
            let alarm = |at: usize| ["P/HIGH_HIGH", "P/HIGH"][at];
            let done = match step {
                Step::Propose(at, value, severity) => house.propose(alarm(at), |entry| {
                    entry.severity = severity;
                    entry.limit.as_mut().expect("of a limit").value = value;
                }),
                Step::Decide(at, yes) => {
                    let Some(pending) = house.register.pending(&alarm(at).into()).cloned() else { continue };
                    if let Some(standing) = house.register.of_alarm(&pending.alarm).cloned().filter(|_| yes) {
                        rows.insert(standing.id, RegisterChange { state: ChangeState::Superseded, ..standing });
                    }
                    let done = if yes {
                        house.approve(&pending, "eva")
                    } else {
                        house.order(&RegisterCommand::Reject { change: pending.id, reason: "no".into() }, "eva")
                    };
                    if yes && done.is_err() {
                        let standing = house.register.of_alarm(&pending.alarm).cloned().expect("in force");
                        rows.insert(standing.id, standing);
                    }
                    done
                }
                Step::Rationalise(at, minutes) => {
                    house.rationalise(at, process(minutes));
                    for row in house.open() {
                        let entry = row.after.as_deref().cloned().expect("an entry");
                        if row.origin == ChangeOrigin::Person && row.state == ChangeState::InForce {
                            let before = approved.insert(row.alarm.clone(), entry.clone()).expect("approved before");
                            let tuned = |entry: &RegisterEntry| (entry.limit, entry.severity, entry.handling);
                            prop_assert_eq!(tuned(&before), tuned(&entry));
                        }
                        rows.insert(row.id, row);
                    }
                    continue;
                }
            };
            if let Ok(change) = done {
                if change.state == ChangeState::InForce {
                    approved.insert(change.alarm.clone(), change.after.as_deref().cloned().expect("an entry"));
                }
                rows.insert(change.id, change);
            }
            let overlay = overlaid(&house.file, &house.register);
            prop_assert!(overlay.not_applied.is_empty(), "{:?}", overlay.not_applied);
            for (alarm, entry) in &approved {
                let runs = overlay.plant.alarm(alarm).expect("configured");
                prop_assert_eq!(&RegisterEntry::from(&**runs), entry);
            }
            for limit in &overlay.plant.tags[0].limits {
                prop_assert_eq!(crate::domain::problem_among(limit, &overlay.plant.tags[0].limits), None);
            }
            prop_assert_eq!(&Register::of(rows.values().cloned()), &house.register);
        }
    }
}
