//! What the audit is told of an order: in words that a person reads, with what came of it.

use crate::actors::{AlarmCommand, AlarmDeskError, AlarmOrder, OrderOutcome, SourceCommand};
use crate::domain::{SourceReport, SourceState};

use super::idempotency::Answer;

/// An order of alarms, and of which of them it was not carried out.
pub(super) fn of_alarms(order: &AlarmOrder, outcome: &Result<Vec<OrderOutcome>, AlarmDeskError>) -> String {
    let mut words = of_command(&order.command);
    // Of one alarm the audit's own column tells.
    if order.items.len() > 1 {
        let alarms: Vec<&str> = order.items.iter().map(|item| item.alarm.as_str()).collect();
        words += &format!(" {} alarms: {}", alarms.len(), alarms.join(", "));
    }
    if let Some(comment) = &order.comment {
        words += &format!("; {comment}");
    }
    match outcome {
        Err(problem) => words += &format!("; not done: {problem}"),
        Ok(outcomes) => {
            for OrderOutcome { alarm, result } in outcomes {
                match result {
                    Err(refused) if outcomes.len() == 1 => words += &format!("; not done: {refused}"),
                    Err(refused) => words += &format!("; not done for {alarm}: {refused}"),
                    Ok(_) => {}
                }
            }
        }
    }
    words
}

fn of_command(command: &AlarmCommand) -> String {
    match command {
        AlarmCommand::Acknowledge => "acknowledge".to_owned(),
        AlarmCommand::Reset => "reset".to_owned(),
        AlarmCommand::Shelve { lasting, one_shot } => {
            let or_until = if *one_shot { ", or until the condition is over" } else { "" };
            format!("shelve for {} min{or_until}", lasting.as_secs_f64() / 60.0)
        }
        AlarmCommand::Unshelve => "unshelve".to_owned(),
        AlarmCommand::TakeOutOfService { work_order } => format!("take out of service under work order {work_order}"),
        AlarmCommand::ReturnToService => "return to service".to_owned(),
        AlarmCommand::Assign { to: Some(to) } => format!("assign to {to}"),
        AlarmCommand::Assign { to: None } => "assign to nobody".to_owned(),
        AlarmCommand::Comment => "comment".to_owned(),
        AlarmCommand::SetRule { rule, enabled } => format!("rule {rule} {}", if *enabled { "on" } else { "off" }),
    }
}

/// An order of the source, and why it was not carried out, if it was not.
pub(super) fn of_source(command: &SourceCommand, answer: &Answer) -> String {
    let words = command.to_string();
    match answer {
        Answer::Invalid(why) | Answer::NotControllable(why) | Answer::NotPausable(why) => {
            format!("{words}; not done: {why}")
        }
        Answer::Done | Answer::Made(_) | Answer::Training(_) | Answer::Model(_) => words,
    }
}

/// How the source was before an order.
pub(super) fn of_report(report: &SourceReport) -> String {
    let state = match report.state {
        SourceState::Running => "running",
        SourceState::Paused => "paused",
        SourceState::ShutDown => "shut down",
        SourceState::Ended => "at its end",
        SourceState::Silent => "silent",
    };
    format!("{} {state}, speed {}×, {:.2} h into the run", report.kind, report.speed, report.plant_hours)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::actors::{OrderItem, OrderRefused};

    fn order(command: AlarmCommand, alarms: &[&str], comment: Option<&str>) -> AlarmOrder {
        AlarmOrder {
            command,
            items: alarms.iter().map(|alarm| OrderItem { alarm: (*alarm).into(), occurrence: None }).collect(),
            by: "olga".into(),
            comment: comment.map(Into::into),
            client: None,
            idempotency_key: "k".into(),
        }
    }

    #[test]
    fn an_order_of_alarms_says_what_how_long_why_and_what_came_of_it() {
        let shelve = AlarmCommand::Shelve { lasting: Duration::from_secs(90 * 60), one_shot: true };
        let refused = |alarm: &str| OrderOutcome { alarm: alarm.into(), result: Err(OrderRefused::UnknownAlarm) };
        let told = |order: &AlarmOrder, outcomes| of_alarms(order, &Ok(outcomes));
        let one = order(shelve, &["P/HIGH"], Some("being repaired"));
        assert_eq!(told(&one, vec![]), "shelve for 90 min, or until the condition is over; being repaired");
        let failed = of_alarms(&one, &Err(AlarmDeskError::Busy));
        assert!(failed.contains("being repaired; not done: ") && failed.ends_with(&AlarmDeskError::Busy.to_string()));
        let two = order(AlarmCommand::Acknowledge, &["P/HIGH", "T/LOW"], None);
        assert_eq!(told(&two, vec![]), "acknowledge 2 alarms: P/HIGH, T/LOW");
        let partly = told(&two, vec![refused("P/HIGH"), refused("T/LOW")]);
        assert!(
            partly.ends_with("not done for P/HIGH: there is no such alarm; not done for T/LOW: there is no such alarm")
        );
        let take = AlarmCommand::TakeOutOfService { work_order: "WO-17".into() };
        let words = told(&order(take, &["P/HIGH"], None), vec![refused("P/HIGH")]);
        assert_eq!(words, "take out of service under work order WO-17; not done: there is no such alarm");
    }

    #[test]
    fn an_order_of_the_source_is_told_in_words() {
        let disturb = SourceCommand::SetDisturbance { number: 6, active: true };
        assert_eq!(of_source(&disturb, &Answer::Done), "disturbance 6 on");
        assert_eq!(of_source(&SourceCommand::SetSpeed(20.0), &Answer::Done), "speed 20×");
        let refused = of_source(&SourceCommand::Pause(true), &Answer::NotControllable("a replay".into()));
        assert_eq!(refused, "pause; not done: a replay");
    }
}
