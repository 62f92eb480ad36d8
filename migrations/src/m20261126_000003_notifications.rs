//! What is to be told to whom: the outbox, how far it has read the journal, who is on watch, and how the channels are.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, flag, index, int, int_null, key, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let outbox = table("notification")
            .col(text("plant"))
            .col(text("id"))
            .col(text("dedup_key"))
            .col(text("channel"))
            .col(text("contact"))
            .col(text_null("address"))
            .col(text_null("alarm"))
            .col(text_null("occurrence"))
            .col(text("kind"))
            .col(text("notice"))
            .col(text("state"))
            .col(int("attempts"))
            .col(int("created"))
            .col(int("next_at"))
            .col(int("give_up_at"))
            .col(int_null("finished_at"))
            .col(text_null("last_error"))
            .primary_key(&mut key(&["plant", "id"]))
            .take();
        let mark =
            table("notification_mark").col(text("plant").primary_key()).col(int("epoch")).col(int("sequence")).take();
        let watch = table("notification_watch")
            .col(text("plant"))
            .col(text("alarm"))
            .col(text("route"))
            .col(text("occurrence"))
            .col(text("severity"))
            .col(flag("again"))
            .col(int("since"))
            .col(int("epoch"))
            .col(int("sequence"))
            .col(int("next_step"))
            .primary_key(&mut key(&["plant", "alarm", "route"]))
            .take();
        let channel = table("notification_channel")
            .col(text("plant"))
            .col(text("channel"))
            .col(int("failures"))
            .col(int_null("resting_until"))
            .col(text_null("last_error"))
            .col(int_null("failed_at"))
            .col(int_null("delivered_at"))
            .primary_key(&mut key(&["plant", "channel"]))
            .take();
        for one in [outbox, mark, watch, channel] {
            manager.create_table(one).await?;
        }
        // The same call worked out twice is one notice.
        let mut once = index("notification_once", "notification", &["plant", "dedup_key", "contact"]).unique().take();
        once.if_not_exists();
        manager.create_index(once).await?;
        manager
            .create_index(index("notification_waiting", "notification", &["plant", "state", "channel", "created"]))
            .await?;
        manager.create_index(index("notification_newest", "notification", &["plant", "created", "id"])).await?;
        manager.create_index(index("notification_occurrence", "notification", &["plant", "occurrence"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["notification_channel", "notification_watch", "notification_mark", "notification"]).await
    }
}
