//! A real server, which `scripts/with-mlflow` starts.

use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::json;
use tep::actors::train;
use tep::config::RegistryConfig;
use tep::config::plant::built_in;
use tep::detect::TrainingData;
use tep::domain::{DetectorMethod, DetectorSpec, Plant, WallTime};
use tep::registry::{Registry, RegistryError, Wanted};
use tep::storage::{Decision, Model, artefact_hash};

use crate::live::site::Site;

fn url() -> String {
    std::env::var("TEP_TEST_MLFLOW_URL").expect("run this by scripts/with-mlflow cargo test …")
}

/// Each test has names of its own, so that they do not see one another's.
fn registry(prefix: &str) -> Registry {
    let config = RegistryConfig { url: Some(url()), prefix: prefix.into(), ..RegistryConfig::default() };
    Registry::open(&config).unwrap().expect("configured")
}

fn spec(plant: &Plant) -> DetectorSpec {
    let method = DetectorMethod::named("pca").unwrap();
    DetectorSpec { method, advisory: Vec::new(), ..plant.detectors[0].clone() }
}

/// A model of rows that mean nothing: here it only travels.
fn model(plant: &Plant, level: f64) -> Model {
    let mut data = TrainingData::new(plant.tags.iter().map(|tag| tag.id.clone()).collect()).unwrap();
    for n in 0..400 {
        let row =
            (0..plant.tags.len()).map(|tag| level + f64::from((n * 37 + tag as u32 * 101) % 97) * (1.0 + tag as f64));
        data.push_row(&row.collect::<Vec<_>>()).unwrap();
    }
    let material = train::Material { data, source: "made-up rows".into() };
    let now = WallTime::from_micros(1_700_000_000_000_000);
    let mut model =
        train::on_material(plant, &spec(plant), material, now, &mut |_| ControlFlow::Continue(())).expect("a model");
    model.life.created_by = Some("erik".into());
    model.life.decision = Some(Decision { by: "anna".into(), at: now, reason: "quiet for a week".into() });
    model
}

async fn ask(path: &str, body: serde_json::Value) {
    let answer = reqwest::Client::new().post(format!("{}/api/2.0/mlflow/{path}", url())).json(&body).send().await;
    assert!(answer.unwrap().status().is_success(), "{path}");
}

#[tokio::test]
#[ignore = "needs a real MLflow server: scripts/with-mlflow"]
async fn a_model_is_published_approved_and_fetched_byte_for_byte() {
    let (plant, registry) = (built_in(), registry("round-trip"));
    let name = registry.name_of(plant.id.as_str(), "multivariate");
    assert_eq!(registry.list(&name).await.unwrap(), [], "nothing is there yet");
    let models = [model(&plant, 1.0), model(&plant, 2.0)];
    for (n, model) in models.iter().enumerate() {
        let listed = registry.publish(&name, &train::card(model).unwrap()).await.unwrap();
        assert_eq!(listed.place(), format!("models:/{name}/{}", n + 1));
    }
    let nobody = registry.fetch(&name, &Wanted::Alias("approved".into())).await.unwrap_err();
    assert!(matches!(nobody, RegistryError::Refused { .. }), "{nobody}");
    ask("registered-models/alias", json!({ "name": name, "alias": "approved", "version": "1" })).await;

    let listed = registry.list(&name).await.unwrap();
    let told: Vec<_> =
        listed.iter().map(|one| (one.number.as_str(), one.version.as_deref(), one.aliases.len())).collect();
    assert_eq!(told, [("2", Some(models[1].version.as_str()), 0), ("1", Some(models[0].version.as_str()), 1)]);
    assert!(listed[1].tags.contains(&("tep.decision".into(), "quiet for a week".into())), "{:?}", listed[1].tags);

    for (wanted, expected) in [(Wanted::Alias("approved".into()), &models[0]), (Wanted::Number("2".into()), &models[1])]
    {
        let fetched = registry.fetch(&name, &wanted).await.unwrap();
        assert_eq!(artefact_hash(&fetched.artefact), artefact_hash(&expected.artefact));
        let kept = train::from_fetched(&fetched, &plant, &spec(&plant), "olga").unwrap();
        assert_eq!((&kept.version, &kept.artefact), (&expected.version, &expected.artefact));
        assert_eq!(kept.state, tep::domain::ModelState::Staged, "a person promotes it here");
        assert_eq!(kept.life.created_by.as_deref(), Some("olga"));
        assert!(kept.source.contains("made-up rows; fetched from models:/"), "{}", kept.source);
    }
}

#[tokio::test]
#[ignore = "needs a real MLflow server: scripts/with-mlflow"]
async fn the_run_of_a_version_has_parameters_and_metrics() {
    let (plant, registry) = (built_in(), registry("metrics"));
    let name = registry.name_of(plant.id.as_str(), "multivariate");
    let model = model(&plant, 3.0);
    registry.publish(&name, &train::card(&model).unwrap()).await.unwrap();
    let search = format!("{}/api/2.0/mlflow/runs/search", url());
    let experiment = format!("{}/api/2.0/mlflow/experiments/get-by-name?experiment_name=tep", url());
    let client = reqwest::Client::new();
    let experiment: serde_json::Value = client.get(experiment).send().await.unwrap().json().await.unwrap();
    let body = json!({
        "experiment_ids": [experiment["experiment"]["experiment_id"]],
        "filter": format!("attributes.run_name = '{}'", model.version),
    });
    let runs: serde_json::Value = client.post(search).json(&body).send().await.unwrap().json().await.unwrap();
    let run = &runs["runs"][0];
    assert_eq!(run["info"]["status"], "FINISHED", "{runs}");
    let value = |list: &str, key: &str| {
        let all = run["data"][list].as_array().unwrap();
        all.iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("no {key} in {all:?}"))["value"].clone()
    };
    assert_eq!(value("params", "samples"), "400");
    assert_eq!(value("params", "method"), "pca");
    let rate = value("metrics", "false_alarm_rate").as_f64().unwrap();
    assert!((rate - model.measured_false_alarm_rate.unwrap()).abs() < 1e-12);
    assert!(value("metrics", "limit_SPE").as_f64().unwrap() > 0.0);
}

#[tokio::test]
#[ignore = "needs a real MLflow server: scripts/with-mlflow"]
async fn what_was_changed_there_or_does_not_come_from_us_is_not_used() {
    let (plant, registry) = (built_in(), registry("tampered"));
    let name = registry.name_of(plant.id.as_str(), "multivariate");
    let model = model(&plant, 4.0);
    registry.publish(&name, &train::card(&model).unwrap()).await.unwrap();
    let tag = json!({ "name": name, "version": "1", "key": "tep.artefact_sha256", "value": "f00" });
    ask("model-versions/set-tag", tag).await;
    let one = Wanted::Number("1".into());
    let wrong = registry.fetch(&name, &one).await.unwrap_err();
    assert!(matches!(wrong, RegistryError::WrongHash { .. }), "{wrong}");
    registry.publish(&name, &train::card(&model).unwrap()).await.unwrap();
    let tag = json!({ "name": name, "version": "2", "key": "tep.artefact_sha256" });
    let place = format!("{}/api/2.0/mlflow/model-versions/delete-tag", url());
    let answer = reqwest::Client::new().delete(place).json(&tag).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    let foreign = registry.fetch(&name, &Wanted::Number("2".into())).await.unwrap_err();
    assert!(matches!(foreign, RegistryError::NotOurs(_)), "{foreign}");
}

/// Carries out an order about models, and returns the model after it.
async fn order(site: &Site, token: &str, what: &str, input: serde_json::Value) -> serde_json::Value {
    let kind = format!("{}{}Input", what[..1].to_uppercase(), &what[1..]);
    let query = format!(
        "mutation($input: {kind}!) {{ {what}(input: $input) {{ \
         model {{ key version state createdBy source publishedAs }} userErrors {{ code path message }} }} }}"
    );
    let mut answer = site.data(token, &query, json!({ "input": input })).await[what].take();
    assert_eq!(answer["userErrors"], json!([]), "{what}");
    answer["model"].take()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real MLflow server: scripts/with-mlflow"]
async fn by_order_a_model_of_one_plant_is_published_approved_and_pulled_by_another() {
    let (here, there) = (Site::start_registered(registry("orders")).await, registry("orders"));
    let (_, erik) = here.sign_in("erik").await;
    // A model that the other plant does not make by itself.
    let train = json!({ "detector": "multivariate", "method": "pca", "from": "SIMULATOR", "reason": "to share", "idempotencyKey": "t" });
    let query = "mutation($input: TrainDetectorInput!) { trainDetector(input: $input) { userErrors { message } } }";
    let ordered = here.data(&erik, query, json!({ "input": train })).await;
    assert_eq!(ordered["trainDetector"]["userErrors"], json!([]));
    let trained = async {
        loop {
            let models = here.api.storage.list_models().await.unwrap();
            match models.into_iter().find(|model| model.version.starts_with("pca-")) {
                Some(model) => return here.api.storage.model(model.id).await.unwrap().expect("it is kept"),
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    let trained = tokio::time::timeout(Duration::from_secs(180), trained).await.expect("a model");
    let publish = json!({ "model": trained.id.to_string(), "reason": "for the other plant", "idempotencyKey": "a" });
    let published = order(&here, &erik, "publishModel", publish.clone()).await;
    let name = there.name_of(here.api.plant.id.as_str(), "multivariate");
    assert_eq!(published["publishedAs"], format!("models:/{name}/1"), "{published}");
    let again = order(&here, &erik, "publishModel", publish).await;
    assert_eq!(again, published, "the same order twice is one version");
    let listed = there.list(&name).await.unwrap();
    let versions: Vec<_> = listed.iter().map(|one| (one.number.as_str(), one.version.as_deref())).collect();
    assert_eq!(versions, [("1", Some(trained.version.as_str()))]);
    here.end().await;

    let other = Site::start_registered(registry("orders")).await;
    let (_, erik) = other.sign_in("erik").await;
    let pull = json!({ "detector": "multivariate", "reason": "approved there", "idempotencyKey": "b" });
    let query = "mutation($input: PullModelInput!) { pullModel(input: $input) { userErrors { code path } } }";
    let early = other
        .data(
            &erik,
            query,
            json!({ "input": { "detector": "multivariate", "reason": "not yet", "idempotencyKey": "c" } }),
        )
        .await;
    assert_ne!(early["pullModel"]["userErrors"], json!([]), "nobody has approved it yet");
    ask("registered-models/alias", json!({ "name": name, "alias": "approved", "version": "1" })).await;
    let pulled = order(&other, &erik, "pullModel", pull).await;
    assert_eq!((&pulled["version"], &pulled["state"]), (&json!(trained.version), &json!("STAGED")), "{pulled}");
    assert_eq!(pulled["createdBy"], "erik", "{pulled}");
    assert!(pulled["source"].as_str().is_some_and(|source| source.contains("fetched from models:/")), "{pulled}");
    let id = pulled["key"].as_str().expect("a key").parse().expect("the id of a model");
    let kept = other.api.storage.model(id).await.unwrap().expect("it is kept");
    assert_eq!(artefact_hash(&kept.artefact), artefact_hash(&trained.artefact), "byte for byte");
    other.end().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_as_that() {
    let config = RegistryConfig { url: Some("http://127.0.0.1:1".into()), ..RegistryConfig::default() };
    let registry = Registry::open(&config).unwrap().expect("configured");
    let lost = registry.list("tep.a.b").await.unwrap_err();
    assert!(lost.is_passing() && lost.to_string().contains("does not answer"), "{lost}");
    assert!(Registry::open(&RegistryConfig::default()).unwrap().is_none(), "without an address there is none");
}
