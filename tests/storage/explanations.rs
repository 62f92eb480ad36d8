//! Evidence, explanations, questions and verdicts come back as they were kept, and go with the journal.

use std::time::Duration;

use tep::domain::{Money, OccurrenceId, Severity, Usage};
use tep::explain::evidence::{AlarmItem, EVIDENCE_FORMAT, ModeItem, Window};
use tep::explain::{Evidence, FollowUp, Grounds, Statement, explain};
use tep::storage::{ExplanationVerdict, Judgement, StoredEvidence, StoredExplanation, StoredTurn};
use uuid::Uuid;

use super::house::{House, NOW, second};
use super::on_both;

on_both!(
    what_is_kept_comes_back_as_it_was,
    the_newest_word_of_a_person_counts,
    what_is_old_is_forgotten_unless_somebody_has_judged_it,
);

fn evidence(occurrence: u128, detail: &str) -> StoredEvidence {
    let evidence = Evidence {
        format: EVIDENCE_FORMAT,
        plant: "test-plant".into(),
        alarm: AlarmItem {
            id: "alarm".into(),
            alarm: "T1/HIGH".into(),
            occurrence: OccurrenceId(Uuid::from_u128(occurrence)),
            title: "Ünit \0 high".into(),
            unit: None,
            tag: None,
            severity: Severity::High,
            raised_at: second(60),
            called_at: NOW,
            value: Some(0.1 + 0.2),
            limit: None,
            unit_of_measure: None,
            cause: String::new(),
            consequence: String::new(),
            guidance: "Look.".into(),
        },
        window: Window { from: second(0), onset: None, to: second(60) },
        tags: Vec::new(),
        verdicts: Vec::new(),
        related: Vec::new(),
        mode: ModeItem { id: "mode".into(), state: "running".into(), detail: Some(detail.into()) },
        actions: Vec::new(),
        roots: Vec::new(),
        causes: Vec::new(),
        young: false,
        doubt: None,
        passages: Vec::new(),
        incidents: Vec::new(),
        missing: Vec::new(),
    };
    StoredEvidence {
        hash: evidence.hash(),
        occurrence: evidence.alarm.occurrence,
        alarm: evidence.alarm.alarm.clone(),
        frozen_at: NOW,
        evidence,
    }
}

fn explanation(id: u128, of: &StoredEvidence) -> StoredExplanation {
    let told = explain(&of.evidence);
    StoredExplanation {
        id: Uuid::from_u128(id),
        occurrence: of.occurrence,
        evidence_hash: of.hash.clone(),
        explainer: "deterministic".into(),
        model: None,
        prompt: None,
        at: NOW + Duration::from_secs(id as u64),
        grounded: Grounds::of(&of.evidence).ground(&told),
        explanation: told,
        took: Duration::from_micros(250),
        cost: Money::from_micros(7),
        usage: Usage { input: 3, output: 4 },
    }
}

fn turn(id: u128, of: &StoredEvidence) -> StoredTurn {
    let answer = FollowUp {
        answer: vec![Statement { text: "It is so.".into(), cites: vec!["alarm".into()] }],
        unknown: Vec::new(),
    };
    StoredTurn {
        id: Uuid::from_u128(id),
        occurrence: of.occurrence,
        evidence_hash: of.hash.clone(),
        at: NOW + Duration::from_secs(id as u64),
        asked_by: "olga".into(),
        question: "Why?".into(),
        grounded: answer.ground(&Grounds::of(&of.evidence)),
        answer,
        explainer: "control-room".into(),
        model: Some("gemma".into()),
        cost: Money::ZERO,
    }
}

fn verdict(of: &StoredExplanation, by: &str, judgement: Judgement) -> ExplanationVerdict {
    ExplanationVerdict {
        explanation: of.id,
        occurrence: of.occurrence,
        by: by.into(),
        at: NOW,
        judgement,
        cause: Some("idv-6".into()),
        comment: None,
    }
}

async fn what_is_kept_comes_back_as_it_was(house: House) {
    let storage = house.open().await;
    let (first, mut second) = (evidence(1, "first"), evidence(1, "second"));
    second.frozen_at = NOW + Duration::from_secs(1);
    for kept in [&first, &second, &first] {
        storage.keep_evidence(kept).await.unwrap();
    }
    assert_eq!(storage.evidence(&first.hash).await.unwrap(), Some(first.clone()), "the same content is kept once");
    assert_eq!(storage.newest_evidence(first.occurrence).await.unwrap(), None, "nothing is explained from it yet");
    assert_eq!(storage.evidence("nothing").await.unwrap(), None);
    let (one, two) = (explanation(1, &first), explanation(2, &second));
    for kept in [&one, &two, &one] {
        storage.keep_explanation(kept).await.unwrap();
    }
    assert_eq!(storage.explanations(first.occurrence).await.unwrap(), [two, one.clone()], "the newest first");
    let mut of_a_question = evidence(1, "third");
    of_a_question.frozen_at = NOW + Duration::from_secs(2);
    storage.keep_evidence(&of_a_question).await.unwrap();
    storage.keep_turn(&turn(3, &of_a_question)).await.unwrap();
    let newest = storage.newest_evidence(first.occurrence).await.unwrap();
    assert_eq!(newest, Some(second.clone()), "that of an explanation, not that of a question");
    let hashes = [first.hash.clone(), of_a_question.hash.clone(), "nothing".to_owned()];
    let mut all = storage.evidence_of_all(&hashes).await.unwrap();
    all.sort_by_key(|kept| kept.frozen_at);
    assert_eq!(all, [first.clone(), of_a_question.clone()]);
    assert_eq!(storage.explanation(one.id).await.unwrap(), Some(one));
    for kept in [turn(5, &first), turn(4, &first)] {
        storage.keep_turn(&kept).await.unwrap();
    }
    let turns = [turn(3, &of_a_question), turn(4, &first), turn(5, &first)];
    assert_eq!(storage.turns(first.occurrence).await.unwrap(), turns, "the oldest first");
    let other = OccurrenceId(Uuid::from_u128(9));
    assert!(storage.explanations(other).await.unwrap().is_empty() && storage.turns(other).await.unwrap().is_empty());
}

async fn the_newest_word_of_a_person_counts(house: House) {
    let storage = house.open().await;
    let kept = evidence(1, "first");
    let told = explanation(1, &kept);
    for said in [
        verdict(&told, "olga", Judgement::Wrong),
        verdict(&told, "max", Judgement::Partly),
        verdict(&told, "olga", Judgement::Right),
    ] {
        storage.judge_explanation(&said).await.unwrap();
    }
    let mut found = storage.explanation_verdicts(kept.occurrence).await.unwrap();
    found.sort_by(|a, b| a.by.cmp(&b.by));
    assert_eq!(found, [verdict(&told, "max", Judgement::Partly), verdict(&told, "olga", Judgement::Right)]);
}

async fn what_is_old_is_forgotten_unless_somebody_has_judged_it(house: House) {
    let storage = house.open().await;
    let (old, judged) = (evidence(1, "old"), evidence(2, "judged"));
    let mut young = evidence(3, "young");
    young.frozen_at = NOW + Duration::from_secs(100);
    for (id, kept) in [(1, &old), (2, &judged), (3, &young)] {
        storage.keep_evidence(kept).await.unwrap();
        storage.keep_explanation(&explanation(id, kept)).await.unwrap();
        storage.keep_turn(&turn(id, kept)).await.unwrap();
    }
    storage.judge_explanation(&verdict(&explanation(2, &judged), "olga", Judgement::Right)).await.unwrap();
    assert_eq!(storage.forget_explanations(NOW + Duration::from_secs(50)).await.unwrap(), 1);
    assert_eq!(storage.evidence(&old.hash).await.unwrap(), None);
    assert!(storage.explanations(old.occurrence).await.unwrap().is_empty());
    assert!(storage.turns(old.occurrence).await.unwrap().is_empty());
    for kept in [&judged, &young] {
        assert!(storage.evidence(&kept.hash).await.unwrap().is_some());
        assert_eq!(storage.explanations(kept.occurrence).await.unwrap().len(), 1);
        assert_eq!(storage.turns(kept.occurrence).await.unwrap().len(), 1);
    }
}
