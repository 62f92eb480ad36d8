//! Tokens that are not to be believed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tep::config::SecurityConfig;
use tep::security::{Gate, GateError, Role, SessionKey};

use super::{DESK, PASSWORD, TestGate};

fn part(token: &str, at: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_token_says_whose_it_is_for_whom_and_until_when() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    let claims = part(&olga.token, 1);
    assert_eq!(claims["sub"], json!(olga.principal.user.to_string()));
    assert_eq!(claims["sid"], json!(olga.principal.session.to_string()));
    assert_eq!(claims["role"], "operator");
    assert_eq!(claims["aud"], "tep");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 12 * 3600);
    assert_eq!(part(&olga.token, 0)["alg"], "HS256");
}

#[tokio::test(start_paused = true)]
async fn forged_tokens_are_refused() {
    let test = TestGate::peopled().await;
    let token = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap().token;
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let mut promoted = part(&token, 1);
    promoted["role"] = json!("administrator");
    let mut prolonged = part(&token, 1);
    prolonged["exp"] = json!(4_000_000_000_i64);
    let promoted = encoded(&promoted);
    let none = encoded(&json!({ "alg": "none", "typ": "JWT" }));
    let lower = encoded(&json!({ "alg": "HS512", "typ": "JWT" }));
    let forged = [
        ("a role raised by hand", format!("{header}.{promoted}.{signature}")),
        ("a time prolonged by hand", format!("{header}.{}.{signature}", encoded(&prolonged))),
        ("no algorithm", format!("{none}.{claims}.")),
        ("no algorithm, raised", format!("{none}.{promoted}.")),
        ("no algorithm, old signature", format!("{none}.{claims}.{signature}")),
        ("another algorithm", format!("{lower}.{claims}.{signature}")),
        ("no signature", format!("{header}.{claims}.")),
        ("no signature part", format!("{header}.{claims}")),
        ("a signature cut short", token[..token.len() - 4].to_owned()),
        ("nothing", String::new()),
        ("not a token", "Bearer".into()),
    ];
    test.gate.authenticate(&token).await.unwrap();
    for (what, forged) in forged {
        assert!(matches!(test.gate.authenticate(&forged).await, Err(GateError::Unauthenticated)), "{what}");
    }
}

/// Another installation, or one whose key was renewed.
#[tokio::test(start_paused = true)]
async fn a_token_signed_with_another_key_is_refused() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    let other =
        Gate::new(test.accounts.clone(), SessionKey::ephemeral().unwrap(), test.clock, &SecurityConfig::default());
    assert!(matches!(other.authenticate(&olga.token).await, Err(GateError::Unauthenticated)));
    let same = Gate::new(test.accounts.clone(), test.key.clone(), test.clock, &SecurityConfig::default());
    same.authenticate(&olga.token).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_ends_with_its_session() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    tokio::time::advance(Duration::from_secs(12 * 3600 - 1)).await;
    test.gate.authenticate(&olga.token).await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(matches!(test.gate.authenticate(&olga.token).await, Err(GateError::Unauthenticated)));
}

#[tokio::test(start_paused = true)]
async fn a_token_replayed_after_sign_out_is_refused() {
    let test = TestGate::peopled().await;
    let here = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    let there = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    test.gate.sign_out(&here.principal, DESK).await.unwrap();
    assert!(matches!(test.gate.authenticate(&here.token).await, Err(GateError::Unauthenticated)));
    test.gate.authenticate(&there.token).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_disabled_user_or_a_former_role_is_refused() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    test.gate.set_role("olga", Role::Engineer).await.unwrap();
    assert!(matches!(test.gate.authenticate(&olga.token).await, Err(GateError::Unauthenticated)));
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    test.gate.set_disabled("olga", true).await.unwrap();
    assert!(matches!(test.gate.authenticate(&olga.token).await, Err(GateError::Unauthenticated)));
}
