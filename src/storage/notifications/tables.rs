//! The tables of notifications as sea-orm sees them.

pub mod notification {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub dedup_key: String,
        pub channel: String,
        pub contact: String,
        pub address: Option<String>,
        pub alarm: Option<String>,
        pub occurrence: Option<String>,
        pub kind: String,
        pub notice: String,
        pub state: String,
        pub attempts: i64,
        pub created: i64,
        pub next_at: i64,
        pub give_up_at: i64,
        pub finished_at: Option<i64>,
        pub last_error: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod notification_mark {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_mark")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        pub epoch: i64,
        pub sequence: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod notification_watch {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_watch")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub alarm: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub route: String,
        pub occurrence: String,
        pub severity: String,
        pub again: bool,
        pub since: i64,
        pub epoch: i64,
        pub sequence: i64,
        pub next_step: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod notification_channel {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_channel")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub channel: String,
        pub failures: i64,
        pub resting_until: Option<i64>,
        pub last_error: Option<String>,
        pub failed_at: Option<i64>,
        pub delivered_at: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
