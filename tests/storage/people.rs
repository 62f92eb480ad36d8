//! Accounts, sessions, settings and the audit.

use std::time::Duration;

use tep::domain::{Money, Usage};
use tep::storage::{AuditEntry, AuditFilter, LlmCall, StorageError};
use uuid::Uuid;

use super::house::{House, NOW, person, session};
use super::on_both;

on_both!(
    a_name_is_taken_in_any_letters,
    an_account_changes_piece_by_piece,
    a_session_ends_once,
    a_change_of_password_ends_the_other_sessions,
    a_setting_is_spent_once,
    the_audit_is_paged_newest_first,
    calls_to_language_models_are_kept,
);

async fn a_name_is_taken_in_any_letters(house: House) {
    let storage = house.open().await;
    assert_eq!(storage.count_users().await.unwrap(), 0);
    let user = person("Ärzu Öz", "administrator", "$argon2id$x");
    storage.create_user(&user).await.unwrap();
    let error = storage.create_user(&person("ÄRZU ÖZ", "viewer", "$argon2id$y")).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict { .. }), "{error:?}");
    assert_eq!(storage.user_by_name(" ärzu öz ").await.unwrap(), Some(user.clone()));
    assert_eq!(storage.user_by_name("arzu oz").await.unwrap(), None);
    assert_eq!(storage.list_users().await.unwrap(), std::slice::from_ref(&user));
    assert!(!format!("{user:?}").contains("argon2"), "a hash is not for logs");
}

async fn an_account_changes_piece_by_piece(house: House) {
    let storage = house.open().await;
    let user = person("anna", "viewer", "h1");
    storage.create_user(&user).await.unwrap();
    let later = NOW + Duration::from_secs(9);
    storage.set_role(user.id, "operator").await.unwrap();
    storage.set_password(user.id, "h2", later).await.unwrap();
    storage.set_disabled(user.id, true).await.unwrap();
    let now = storage.user(user.id).await.unwrap().expect("the user");
    assert_eq!((now.role.as_str(), now.password_hash.as_str(), now.disabled), ("operator", "h2", true));
    assert_eq!((now.created, now.password_changed_at), (NOW, later));
    let error = storage.set_role(Uuid::nil(), "viewer").await.unwrap_err();
    assert!(matches!(error, StorageError::NotFound { .. }), "{error:?}");
}

async fn a_session_ends_once(house: House) {
    let storage = house.open().await;
    let user = person("anna", "viewer", "h");
    storage.create_user(&user).await.unwrap();
    let end = NOW + Duration::from_secs(60);
    let session = session(user.id, end);
    storage.create_session(&session).await.unwrap();
    assert_eq!(storage.session(session.id).await.unwrap(), Some(session));
    assert!(session.is_live(NOW) && !session.is_live(end));
    assert!(storage.revoke_session(session.id, NOW + Duration::from_secs(5)).await.unwrap());
    assert!(!storage.revoke_session(session.id, NOW + Duration::from_secs(9)).await.unwrap());
    let ended = storage.session(session.id).await.unwrap().expect("the session");
    assert_eq!(ended.revoked_at, Some(NOW + Duration::from_secs(5)));
    assert!(!ended.is_live(NOW));
    assert_eq!(storage.session(Uuid::nil()).await.unwrap(), None);
    assert!(storage.create_session(&super::house::session(Uuid::nil(), end)).await.is_err(), "nobody's session");
}

async fn a_change_of_password_ends_the_other_sessions(house: House) {
    let storage = house.open().await;
    let user = person("anna", "viewer", "h");
    storage.create_user(&user).await.unwrap();
    let other = person("bert", "viewer", "h");
    storage.create_user(&other).await.unwrap();
    let end = NOW + Duration::from_secs(60);
    let kept = session(user.id, end);
    storage.create_session(&kept).await.unwrap();
    let ended = session(user.id, end);
    storage.create_session(&ended).await.unwrap();
    let others = session(other.id, end);
    storage.create_session(&others).await.unwrap();
    assert_eq!(storage.revoke_sessions_of(user.id, Some(kept.id), NOW).await.unwrap(), 1);
    for (session, live) in [(kept, true), (ended, false), (others, true)] {
        let now = storage.session(session.id).await.unwrap().expect("the session");
        assert_eq!(now.is_live(NOW), live);
    }
    assert_eq!(storage.revoke_sessions_of(user.id, None, NOW).await.unwrap(), 1);
    assert_eq!(storage.forget_sessions(end + Duration::from_secs(1)).await.unwrap(), 3);
}

async fn a_setting_is_spent_once(house: House) {
    let storage = house.open().await;
    assert_eq!(storage.setting("setup").await.unwrap(), None);
    assert_eq!(storage.setting_or_insert("setup", "a").await.unwrap(), "a");
    assert_eq!(storage.setting_or_insert("setup", "b").await.unwrap(), "a");
    storage.set_setting("setup", "c").await.unwrap();
    assert_eq!(storage.setting("setup").await.unwrap().as_deref(), Some("c"));
    assert!(!storage.remove_setting_if("setup", "a").await.unwrap(), "another value stands there");
    let (one, two) = tokio::join!(storage.remove_setting_if("setup", "c"), storage.remove_setting_if("setup", "c"));
    assert!(one.unwrap() ^ two.unwrap(), "one of two is told that it was there");
}

async fn calls_to_language_models_are_kept(house: House) {
    let storage = house.open().await;
    let call = |seconds: u64, who: Option<&str>| LlmCall {
        id: Uuid::from_u128(seconds.into()),
        at: NOW + Duration::from_secs(seconds),
        who: who.map(str::to_owned),
        plant: "p".into(),
        unit: who.map(|_| "reactor".to_owned()),
        purpose: "explanation".into(),
        provider: "control-room".into(),
        model: "gemma".into(),
        locality: "local".into(),
        subject: "XMEAS_7/HIGH \0".into(),
        prompt_version: "explain-alarm@1".into(),
        prompt_hash: "ab".repeat(32),
        evidence_hash: "cd".repeat(32),
        evidence_ids: vec!["sample/1".into(), "a \"quoted\" one".into()],
        usage: Usage { input: u32::MAX, output: 7 },
        cost: Money::from_micros(1_234_567),
        took: Duration::from_micros(98_765),
        outcome: "answered".into(),
    };
    storage.append_llm_calls(&[]).await.unwrap();
    storage.append_llm_calls(&[call(2, None), call(1, Some("olga"))]).await.unwrap();
    storage.append_llm_calls(&[call(0, None)]).await.unwrap();
    let kept = storage.llm_calls_since(NOW + Duration::from_secs(1), 10).await.unwrap();
    let written = |call: LlmCall| LlmCall { subject: "XMEAS_7/HIGH \u{fffd}".into(), ..call };
    assert_eq!(kept, [written(call(1, Some("olga"))), written(call(2, None))]);
    assert_eq!(storage.llm_calls_since(NOW, 1).await.unwrap(), [written(call(0, None))]);
    let newest = storage.llm_calls_newest(2).await.unwrap();
    assert_eq!(newest, [written(call(2, None)), written(call(1, Some("olga")))]);
}

async fn the_audit_is_paged_newest_first(house: House) {
    let storage = house.open().await;
    for at in 0..5u64 {
        let entry = AuditEntry {
            at: NOW + Duration::from_secs(at / 2),
            who: if at % 2 == 0 { "anna" } else { "bert" }.into(),
            action: "acknowledge".into(),
            resource: format!("alarm {at}"),
            before: None,
            after: Some("{}".into()),
            from_where: Some("192.0.2.7".into()),
            allowed: at != 3,
        };
        storage.append_audit(&entry).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = storage.audit_page(&AuditFilter::default(), before.as_ref(), 2).await.unwrap();
        let Some((cursor, _)) = page.last() else { break };
        before = Some(cursor.clone());
        seen.extend(page.into_iter().map(|(_, entry)| entry.resource));
    }
    assert_eq!(seen, ["alarm 4", "alarm 3", "alarm 2", "alarm 1", "alarm 0"]);
    let denied = AuditFilter { allowed: Some(false), ..AuditFilter::default() };
    assert_eq!(storage.audit_page(&denied, None, 10).await.unwrap().len(), 1);
    let annas = AuditFilter { who: Some("anna".into()), ..AuditFilter::default() };
    assert_eq!(storage.audit_page(&annas, None, 10).await.unwrap().len(), 3);
    let second = AuditFilter {
        from: Some(NOW + Duration::from_secs(1)),
        to: Some(NOW + Duration::from_secs(2)),
        ..AuditFilter::default()
    };
    let of_second = storage.audit_page(&second, None, 10).await.unwrap();
    let resources: Vec<_> = of_second.iter().map(|(_, entry)| entry.resource.as_str()).collect();
    assert_eq!(resources, ["alarm 3", "alarm 2"], "from a moment on, and up to a moment but not at it");
}
