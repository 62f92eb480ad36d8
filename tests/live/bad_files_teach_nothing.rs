//! Training by order from files that cannot be right: the answer says what is wrong and where, and no model comes of it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tep::ingest::RunFile;

use super::site::Site;

/// Columns of the normal run of the public benchmark, of which a detector of the built-in plant looks at 33.
struct Sheet {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn normal() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/braatz/d00.csv.gz");
        let file = RunFile::read(&file).expect("a file of the repository");
        let columns = file.tags.iter().map(ToString::to_string).collect();
        let rows = file.rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        Self { columns, rows }
    }

    fn column(&self, tag: &str) -> usize {
        self.columns.iter().position(|column| column == tag).expect("it has this column")
    }

    /// With another text in place of what a column holds.
    fn with(mut self, tag: &str, change: impl Fn(usize, &str) -> Option<String>) -> Self {
        let column = self.column(tag);
        for (at, row) in self.rows.iter_mut().enumerate() {
            if let Some(text) = change(at, &row[column]) {
                row[column] = text;
            }
        }
        self
    }

    fn without(mut self, tag: &str) -> Self {
        let column = self.column(tag);
        self.columns.remove(column);
        self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
        self
    }

    fn turned(mut self) -> Self {
        self.columns.reverse();
        self.rows.iter_mut().for_each(|row| row.reverse());
        self
    }

    fn write(&self, site: &Site, name: &str) {
        let mut text = self.columns.join(",");
        self.rows.iter().for_each(|row| write!(text, "\n{}", row.join(",")).expect("text"));
        let directory = site.home().join("training");
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(name), text).expect("a file");
    }
}

async fn order(site: &Site, token: &str, file: &str) -> Value {
    let input = json!({
        "detector": "multivariate", "method": "pca", "from": "FILES", "files": [file],
        "reason": "what this file teaches", "idempotencyKey": file,
    });
    let query = "mutation($input: TrainDetectorInput!) { trainDetector(input: $input) \
                 { job { key } userErrors { code path message } } }";
    site.data(token, query, json!({ "input": input })).await["trainDetector"].take()
}

/// How the training from a file has ended.
async fn ended(site: &Site, token: &str, file: &str) -> Value {
    let ordered = order(site, token, file).await;
    assert_eq!(ordered["userErrors"], json!([]), "{file}");
    let wait = async {
        loop {
            let query = "{ trainingJobs(first: 50) { key state outcome model } }";
            let mut jobs = site.data(token, query, json!({})).await["trainingJobs"].take();
            let mine = jobs.as_array_mut().expect("a list").iter_mut().find(|job| job["key"] == ordered["job"]["key"]);
            let job = mine.expect("the job that was ordered").take();
            if job["state"] == "DONE" || job["state"] == "FAILED" {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(180), wait).await.expect("the training ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_right_is_refused_by_name_and_another_order_of_columns_is_not() {
    let site = Site::start_watched().await;
    let (_, erik) = site.sign_in("erik").await;
    let nan = |text: &'static str| move |at: usize, _: &str| (at == 41).then(|| text.to_owned());
    let shifted = |at: usize, text: &str| Some(if at > 9 { "2.7".to_owned() } else { text.to_owned() });
    Sheet::normal().without("XMEAS_9").write(&site, "missing.csv");
    Sheet::normal().with("XMEAS_9", |_, _| Some("120.4".into())).write(&site, "constant.csv");
    Sheet::normal().with("XMEAS_13", nan("NaN")).write(&site, "nan.csv");
    Sheet::normal().with("XMEAS_13", nan("")).write(&site, "empty.csv");
    Sheet::normal().with("XMEAS_13", nan("bad")).write(&site, "text.csv");
    Sheet::normal().with("XMEAS_7", shifted).write(&site, "units.csv");
    for (file, told) in [
        ("missing.csv", "missing.csv has no column of XMEAS_9, which the detector looks at"),
        ("constant.csv", "these tags never change in the training data, so leave them out: XMEAS_9"),
        ("nan.csv", "XMEAS_13 in row 42 of nan.csv"),
        ("empty.csv", "XMEAS_13 in row 42 of empty.csv"),
        ("text.csv", "text.csv, row 42 (line 43), column `XMEAS_13`: `bad` is not a number"),
        ("units.csv", "units.csv, row 11: XMEAS_7 is 2.7 kPa gauge, and its instrument measures"),
        ("nowhere.csv", "there is no file"),
    ] {
        // One that is not there is refused at once, the others are read first.
        let refused = if file == "nowhere.csv" {
            order(&site, &erik, file).await["userErrors"][0]["message"].take()
        } else {
            let mut job = ended(&site, &erik, file).await;
            assert_eq!((&job["state"], &job["model"]), (&json!("FAILED"), &json!(null)), "{file}: {job}");
            job["outcome"].take()
        };
        let said = refused.as_str().unwrap_or_else(|| panic!("{file}: {refused}"));
        assert!(said.contains(told), "{file}: {said}");
    }

    Sheet::normal().write(&site, "plain.csv");
    Sheet::normal().turned().write(&site, "turned.csv");
    let mut versions = Vec::new();
    for file in ["plain.csv", "turned.csv"] {
        let job = ended(&site, &erik, file).await;
        assert_eq!(job["state"], "DONE", "{file}: {job}");
        let mut models = site.data(&erik, "{ models { key version } }", json!({})).await["models"].take();
        let mine = models.as_array_mut().expect("a list").iter_mut().find(|model| model["key"] == job["model"]);
        versions.push(mine.expect("the model that came of it")["version"].take());
    }
    assert_eq!(versions[0], versions[1], "columns go by name, so it is one and the same model");
    site.end().await;
}
