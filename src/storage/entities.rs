//! The tables as sea-orm sees them. They never leave this folder; the migrations say what each is for.

pub mod scan_layout {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "scan_layout")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub layout: String,
        pub tags: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod scan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "scan")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub source_time: i64,
        pub ingest_time: i64,
        pub number: i64,
        pub layout: String,
        pub tag_values: Vec<u8>,
        pub tag_qualities: Vec<u8>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod checkpoint {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "checkpoint")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub source: String,
        pub source_time: i64,
        pub state: Vec<u8>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod alarm_journal {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "alarm_journal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub epoch: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub sequence: i64,
        pub alarm: String,
        pub occurrence: Option<String>,
        pub kind: String,
        pub from_state: String,
        pub to_state: String,
        pub facts: String,
        pub source_time: i64,
        pub wall_time: i64,
        pub scan: Option<i64>,
        pub deciding_value: Option<f64>,
        pub deciding_limit: Option<f64>,
        pub done_by: Option<String>,
        pub comment: Option<String>,
        pub client: Option<String>,
        pub idempotency_key: Option<String>,
        pub contributions: String,
        pub search_text: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod alarm_current {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "alarm_current")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub alarm: String,
        pub epoch: i64,
        pub sequence: i64,
        pub facts: String,
        pub last_transition: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod idempotency {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub idempotency_key: String,
        pub operation: String,
        pub request_hash: String,
        pub result: String,
        pub at: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod account {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub name_folded: String,
        pub role: String,
        pub password_hash: String,
        pub created: i64,
        pub disabled: bool,
        pub password_changed_at: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod session {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub created: i64,
        pub expires: i64,
        pub revoked_at: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod setting {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "setting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub setting_value: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod model {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "model")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub plant: String,
        pub detector: String,
        pub version: String,
        pub trained_at: i64,
        pub source: String,
        pub samples: i64,
        pub data_hash: String,
        pub settings: String,
        pub limits: String,
        pub measured_false_alarm_rate: Option<f64>,
        pub state: String,
        pub artefact: Vec<u8>,
        pub method: Option<String>,
        pub data_range: Option<String>,
        pub artefact_hash: Option<String>,
        pub created_by: Option<String>,
        pub decided_by: Option<String>,
        pub decided_at: Option<i64>,
        pub decision: Option<String>,
        pub activated_at: Option<i64>,
        pub published_as: Option<String>,
        pub training_job: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod training_job {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "training_job")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub plant: String,
        pub detector: String,
        pub method: String,
        pub advisory: String,
        pub origin: String,
        pub requested_by: String,
        pub requested_at: i64,
        pub reason: String,
        pub state: String,
        pub started_at: Option<i64>,
        pub ended_at: Option<i64>,
        pub outcome: Option<String>,
        pub model: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod incident {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "incident")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub occurrence: String,
        pub alarm: String,
        pub detector: String,
        pub began: i64,
        pub updated: i64,
        pub diagnosis: String,
        pub frame: Option<String>,
        pub age: Option<i64>,
        pub fingerprint: Vec<u8>,
        pub verdict: Option<String>,
        pub true_cause: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod audit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub at: i64,
        pub who: String,
        pub action: String,
        pub resource: String,
        pub before_change: Option<String>,
        pub after_change: Option<String>,
        pub from_where: Option<String>,
        pub allowed: bool,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod register_change {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "register_change")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub plant: String,
        pub alarm: String,
        pub version: i64,
        pub state: String,
        pub origin: String,
        pub before_entry: Option<String>,
        pub after_entry: Option<String>,
        pub file_entry: Option<String>,
        pub reason: String,
        pub proposed_by: String,
        pub proposed_at: i64,
        pub decided_by: Option<String>,
        pub decided_at: Option<i64>,
        pub decision: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod llm_call {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "llm_call")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub at: i64,
        pub who: Option<String>,
        pub plant: String,
        pub unit: Option<String>,
        pub purpose: String,
        pub provider: String,
        pub model: String,
        pub locality: String,
        pub subject: String,
        pub prompt_version: String,
        pub prompt_hash: String,
        pub evidence_hash: String,
        pub evidence_ids: String,
        pub input_tokens: i64,
        pub output_tokens: i64,
        pub cost_micros: i64,
        pub took_micros: i64,
        pub outcome: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod knowledge_document {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "knowledge_document")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub media: String,
        pub title: Option<String>,
        pub unit: Option<String>,
        pub tags: String,
        pub size: i64,
        pub digest: String,
        pub pages: String,
        pub content: Vec<u8>,
        pub added_by: String,
        pub added_at: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod evidence {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "evidence")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: String,
        pub occurrence: String,
        pub alarm: String,
        pub frozen_at: i64,
        pub content: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod explanation {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "explanation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub plant: String,
        pub occurrence: String,
        pub evidence_hash: String,
        pub explainer: String,
        pub model: Option<String>,
        pub prompt: Option<String>,
        pub at: i64,
        pub content: String,
        pub grounded: String,
        pub took_micros: i64,
        pub cost_micros: i64,
        pub input_tokens: i64,
        pub output_tokens: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod explanation_turn {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "explanation_turn")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub plant: String,
        pub occurrence: String,
        pub evidence_hash: String,
        pub at: i64,
        pub asked_by: String,
        pub question: String,
        pub answer: String,
        pub grounded: String,
        pub explainer: String,
        pub model: Option<String>,
        pub cost_micros: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod explanation_verdict {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "explanation_verdict")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub explanation: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub done_by: String,
        pub occurrence: String,
        pub at: i64,
        pub judgement: String,
        pub true_cause: Option<String>,
        pub comment: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
