//! The invariants of the specification, against the plain model and against twins.

use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::reference::{Choices, Happening, Reference};
use super::*;
use crate::alarms::replay;
use crate::domain::{AlarmId, JournalEntry};

/// One alarm with its journal, as a desk would hold it.
struct Desk {
    definition: AlarmDefinition,
    facts: AlarmFacts,
    journal: Vec<JournalEntry>,
    ids: u128,
    now: i64,
    /// When the shelf before the present one was to end.
    earlier_shelf: WallTime,
}

const SHELF: Duration = Duration::from_secs(3600);

fn definition(choices: Choices) -> AlarmDefinition {
    AlarmDefinition {
        id: AlarmId::from("XMEAS_7/HIGH"),
        title: String::new(),
        unit: None,
        tag: None,
        detector: None,
        severity: Severity::Medium,
        handling: AlarmHandling {
            latching: choices.latching,
            auto_ack_on_return: choices.auto_ack,
            return_ends_occurrence: choices.return_ends,
            unshelving_acknowledges: !choices.unshelving_leaves_debt,
            return_needs_another_person: choices.four_eyes,
            ..AlarmHandling::of(Severity::Medium)
        },
        cause: String::new(),
        consequence: String::new(),
        guidance: String::new(),
        rationale: Default::default(),
        limit: None,
    }
}

impl Desk {
    fn new(choices: Choices) -> Self {
        let definition = definition(choices);
        let facts = AlarmFacts::quiet(definition.severity);
        let earlier_shelf = WallTime::from_micros(-1);
        Self { definition, facts, journal: Vec::new(), ids: 0, now: 0, earlier_shelf }
    }

    fn input(&self, what: Happening) -> AlarmInput {
        let at = SourceTime::from_micros(self.now);
        match what {
            Happening::On(severity) => AlarmInput::Condition { active: true, severity, at },
            Happening::Off => AlarmInput::Condition { active: false, severity: Severity::Low, at },
            Happening::Blind => AlarmInput::Quality(Quality::Bad),
            Happening::Seeing => AlarmInput::Quality(Quality::Good),
            Happening::Acknowledge { ago } => {
                AlarmInput::Acknowledge { occurrence: OccurrenceId(Uuid::from_u128(self.ids.wrapping_sub(ago.into()))) }
            }
            Happening::Reset => AlarmInput::Reset,
            Happening::StoodTooLong => {
                AlarmInput::StoodTooLong { since: self.facts.annunciated_at.unwrap_or(WallTime::from_micros(-1)) }
            }
            Happening::Shelve { one_shot } => AlarmInput::Shelve { lasting: SHELF, one_shot },
            Happening::Unshelve => AlarmInput::Unshelve,
            Happening::ShelfEnded { late } => AlarmInput::ShelfEnded {
                until: self.facts.shelving.until().filter(|_| !late).unwrap_or(self.earlier_shelf),
            },
            Happening::Suppress => AlarmInput::Suppress { rule: "start-up".into() },
            Happening::Unsuppress => AlarmInput::Unsuppress,
            Happening::TakeOutOfService => {
                AlarmInput::TakeOutOfService { work_order: "WO-17".into(), by: "maria".into() }
            }
            Happening::ReturnToService { same } => {
                AlarmInput::ReturnToService { by: if same { "maria" } else { "paul" }.into() }
            }
            Happening::Reconfigured(_) => AlarmInput::Reconfigured,
            Happening::Unapproved(edit) => AlarmInput::Unapproved { edit: (edit > 0).then(|| format!("edit {edit}")) },
        }
    }

    /// Applies and journals one input at a wall time, and checks that a transition means a change and the reverse.
    fn happen(&mut self, what: Happening, wall: i64) -> Result<(), CommandRefused> {
        self.now += 1;
        if let Happening::Reconfigured(severity) = what {
            self.definition.severity = severity;
        }
        let wall_time = WallTime::from_micros(wall);
        let shelf_before = self.facts.shelving.until();
        let fresh = OccurrenceId(Uuid::from_u128(self.ids + 1));
        let Step { facts, transition } = apply(&self.facts, &self.definition, self.input(what), wall_time, fresh)?;
        let tells = facts != self.facts || matches!(what, Happening::Reconfigured(_));
        assert_eq!(transition.is_some(), tells, "{what:?}: a change is a transition is a row");
        if facts.occurrence == Some(fresh) {
            self.ids += 1;
        }
        if let Some(transition) = transition {
            let row = self.row(&transition, facts.clone(), wall_time);
            self.journal.push(row);
        }
        if let (Some(until), None) = (shelf_before, facts.shelving.until()) {
            self.earlier_shelf = until;
        }
        self.facts = facts;
        Ok(())
    }

    fn row(&self, transition: &AlarmTransition, facts: AlarmFacts, wall_time: WallTime) -> JournalEntry {
        JournalEntry {
            epoch: 1,
            sequence: i64::try_from(self.journal.len()).expect("a short journal"),
            alarm: self.definition.id.clone(),
            occurrence: facts.occurrence,
            kind: transition.kind,
            from: transition.from,
            to: transition.to,
            facts,
            source_time: SourceTime::from_micros(self.now),
            wall_time,
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: Vec::new(),
        }
    }
}

fn severity() -> impl Strategy<Value = Severity> {
    prop_oneof![Just(Severity::Low), Just(Severity::Medium), Just(Severity::High), Just(Severity::Critical)]
}

fn news() -> impl Strategy<Value = Happening> {
    prop_oneof![
        5 => severity().prop_map(Happening::On),
        5 => Just(Happening::Off),
        1 => Just(Happening::Blind),
        2 => Just(Happening::Seeing),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => news(),
        3 => (0u8..3).prop_map(|ago| Happening::Acknowledge { ago }),
        1 => Just(Happening::Reset),
        1 => Just(Happening::StoodTooLong),
        1 => any::<bool>().prop_map(|one_shot| Happening::Shelve { one_shot }),
        1 => Just(Happening::Unshelve),
        1 => any::<bool>().prop_map(|late| Happening::ShelfEnded { late }),
        1 => Just(Happening::Suppress),
        1 => Just(Happening::Unsuppress),
        1 => Just(Happening::TakeOutOfService),
        1 => any::<bool>().prop_map(|same| Happening::ReturnToService { same }),
        1 => severity().prop_map(Happening::Reconfigured),
        1 => (0u8..3).prop_map(Happening::Unapproved),
    ]
}

fn choices() -> impl Strategy<Value = Choices> {
    any::<[bool; 5]>().prop_map(|[latching, auto_ack, return_ends, unshelving_leaves_debt, four_eyes]| Choices {
        latching,
        auto_ack,
        return_ends,
        unshelving_leaves_debt,
        four_eyes,
    })
}

fn shift(of: impl Strategy<Value = Happening>) -> impl Strategy<Value = Vec<Happening>> {
    prop::collection::vec(of, 1..60)
}

fn cover() -> impl Strategy<Value = AlarmFacts> {
    let until = WallTime::from_micros(i64::MAX);
    let quiet = AlarmFacts::quiet(Severity::Medium);
    prop_oneof![
        Just(AlarmFacts { shelving: Shelving::Timed { until }, ..quiet.clone() }),
        Just(AlarmFacts { suppressed_by: Some("start-up".into()), ..quiet.clone() }),
        Just(AlarmFacts { out_of_service: Some("WO-17".into()), ..quiet }),
    ]
}

proptest! {
    #[test]
    fn the_facts_agree_with_the_plain_model(shift in shift(happening()), choices in choices()) {
        let mut desk = Desk::new(choices);
        let mut model = Reference::new(Severity::Medium, choices);
        for what in shift {
            let now = desk.now;
            let told = desk.happen(what, now).is_ok();
            prop_assert_eq!(told, model.happen(what).is_ok(), "{:?} in {:?}", what, model.state);
            let facts = &desk.facts;
            prop_assert_eq!(facts.state(), model.shown(), "after {:?}", what);
            prop_assert_eq!(facts.severity, model.severity, "after {:?}", what);
            prop_assert_eq!((u32::from(facts.open), desk.ids), (model.open, model.occurrences.into()));
        }
    }

    #[test]
    fn a_debt_or_an_activity_is_always_of_one_open_occurrence(shift in shift(happening()), choices in choices()) {
        let mut desk = Desk::new(choices);
        for what in shift {
            let owed = desk.facts.state().owes_acknowledgement();
            let accepted = desk.happen(what, 0).is_ok();
            if matches!(what, Happening::Acknowledge { .. }) {
                prop_assert!(!accepted || owed, "an acknowledgement needs a live occurrence");
            }
            prop_assert!(desk.facts.shelving.until().is_none_or(|until| until < WallTime::from_micros(i64::MAX)));
            let facts = &desk.facts;
            prop_assert_eq!(facts.open, facts.active || facts.latched || !facts.acked);
            prop_assert!(!facts.open || facts.occurrence.is_some());
        }
    }

    #[test]
    fn at_most_one_occurrence_is_open_in_any_journal(shift in shift(happening()), choices in choices()) {
        let mut desk = Desk::new(choices);
        for what in shift {
            let _ = desk.happen(what, 0);
        }
        let mut open = std::collections::BTreeSet::new();
        for row in &desk.journal {
            if row.kind == TransitionKind::Raised {
                // A latched and acknowledged one ends when the next begins.
                open.clear();
            }
            if row.facts.open { open.extend(row.occurrence) } else { open.clear() }
            prop_assert!(open.len() <= 1, "{:?}", open);
        }
    }

    #[test]
    fn hidden_facts_are_those_of_a_visible_twin(shift in shift(news()), choices in choices(), cover in cover()) {
        let mut seen = Desk::new(choices);
        let mut hidden = Desk::new(choices);
        hidden.facts = cover.clone();
        for what in shift {
            seen.happen(what, 7).expect("news is never refused");
            hidden.happen(what, 7).expect("news is never refused");
            let uncovered = AlarmFacts {
                shelving: Shelving::None,
                suppressed_by: None,
                out_of_service: None,
                annunciated_at: seen.facts.annunciated_at,
                re_alarms: seen.facts.re_alarms,
                ..hidden.facts.clone()
            };
            prop_assert_eq!(&uncovered, &seen.facts, "after {:?}", what);
            prop_assert_eq!(hidden.facts.state(), cover.state());
        }
        prop_assert!(hidden.journal.iter().all(|row| row.facts.annunciated_at.is_none()));
        prop_assert_eq!(hidden.journal.len(), seen.journal.len());
    }

    #[test]
    fn hidden_activity_is_that_of_a_twin_that_is_acknowledged(shift in shift(happening()), choices in choices(), cover in cover()) {
        let mut seen = Desk::new(choices);
        let mut hidden = Desk::new(choices);
        hidden.facts = cover;
        for what in shift {
            let lifts = matches!(what, Happening::Unshelve | Happening::Unsuppress | Happening::ReturnToService { .. });
            // A reset is for whoever sees the alarm; so the twin is spared it.
            if !lifts && !matches!(what, Happening::Reset) {
                let _ = seen.happen(what, 7);
                let _ = hidden.happen(what, 7);
            }
            let of = |facts: &AlarmFacts| (facts.active, facts.latched, facts.quality);
            prop_assert_eq!(of(&hidden.facts), of(&seen.facts), "after {:?}", what);
        }
    }

    #[test]
    fn the_journal_gives_the_facts_and_its_states_join(shift in shift(happening()), choices in choices()) {
        let mut desk = Desk::new(choices);
        for what in shift {
            let rows = desk.journal.len();
            let before = desk.facts.clone();
            let _ = desk.happen(what, 0);
            let written = desk.journal.len() - rows;
            let tells = desk.facts != before || matches!(what, Happening::Reconfigured(_));
            prop_assert_eq!(written, usize::from(tells), "one row a transition");
            prop_assert_eq!(&replay(desk.definition.severity, &desk.journal), &desk.facts);
        }
        let mut shuffled = desk.journal.clone();
        shuffled.reverse();
        prop_assert_eq!(&replay(desk.definition.severity, &shuffled), &desk.facts, "in whatever order rows are read");
        prop_assert!(desk.journal.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    #[test]
    fn a_restart_in_the_middle_changes_nothing(shift in shift(happening()), choices in choices(), at in 0usize..60) {
        let mut steady = Desk::new(choices);
        let mut restarted = Desk::new(choices);
        for (n, what) in shift.into_iter().enumerate() {
            if n == at {
                restarted.facts = replay(restarted.definition.severity, &restarted.journal);
            }
            let outcome = steady.happen(what, 3);
            prop_assert_eq!(restarted.happen(what, 3), outcome);
        }
        prop_assert_eq!(&restarted.facts, &steady.facts);
    }

    #[test]
    fn a_wall_clock_that_jumps_changes_nothing(shift in shift(happening()), walls in prop::collection::vec(any::<i64>(), 60), choices in choices()) {
        let mut steady = Desk::new(choices);
        let mut jumping = Desk::new(choices);
        for (what, wall) in shift.into_iter().zip(walls) {
            let outcome = steady.happen(what, steady.now);
            prop_assert_eq!(jumping.happen(what, wall), outcome);
            let AlarmFacts { annunciated_at, shelving, .. } = steady.facts;
            let same = AlarmFacts { annunciated_at, shelving, ..jumping.facts.clone() };
            prop_assert_eq!(&same, &steady.facts, "after {:?}", what);
        }
        prop_assert_eq!(jumping.journal.len(), steady.journal.len());
    }
}
